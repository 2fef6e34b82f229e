"""Where Linkerd's CNI plugin goes on which cluster."""

import pytest

from loom_constructs.delivery.linkerd.platforms import PLATFORMS, detect
from loom_constructs.delivery.linkerd.versions import chart, numbers
from tests.delivery.linkerd_world import managed, running, start  # noqa: F401


def node(kubelet, name="node-1", provider="", **labels):
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"providerID": provider},
        "status": {"nodeInfo": {"kubeletVersion": kubelet}},
    }


@pytest.mark.parametrize(
    ("platform", "of"),
    [
        ("kind", node("v1.34.0", "kind-control-plane", "kind://docker/kind/kind-control-plane")),
        ("k3d", node("v1.33.4+k3s1", "k3d-loom-server-0", "k3s://k3d-loom-server-0")),
        ("k3s", node("v1.33.4+k3s1", "raspberry", "k3s://raspberry")),
        ("minikube", node("v1.34.0", **{"minikube.k8s.io/name": "minikube"})),
        ("eks", node("v1.33.5-eks-113cf36", "ip-10-0-0-1", "aws:///eu-west-1a/i-0")),
        ("gke", node("v1.33.5-gke.1080000", "gke-loom", "gce://project/zone/gke-loom")),
        ("aks", node("v1.33.3", "aks-nodepool1", "azure:///subscriptions/0")),
        ("generic", node("v1.34.4")),
    ],
)
def test_a_platform_shows_in_its_nodes(platform, of):
    assert detect([of]) == platform
    assert detect([of, node("v1.34.4")]) == platform


def test_a_cluster_without_nodes_is_taken_for_an_ordinary_one():
    assert detect([]) == "generic"


def test_every_platform_can_be_found_out():
    known = {name for name in PLATFORMS if name != "generic"}
    assert known == {"kind", "k3d", "k3s", "minikube", "eks", "gke", "aks"}


def test_the_folders_of_the_platform_reach_both_ways_of_installing(start):
    run = start(running())
    lines = run(platform="k3d")
    folders = "/var/lib/rancher/k3s/agent/etc/cni/net.d"
    assert run.programs.said("linkerd install-cni") == [
        f"linkerd install-cni --dest-cni-net-dir {folders} --dest-cni-bin-dir /bin"
    ]
    assert f"CNI plugin: installed (k3d: {folders}, /bin)" in lines

    run = start(running() + managed())
    run(platform="gke", mesh="on", high_availability=False)
    values = run.programs.releases["linkerd-cni"]["values"]
    assert (values["destCNINetDir"], values["destCNIBinDir"]) == ("/etc/cni/net.d", "/home/kubernetes/bin")


def test_the_plugins_namespace_may_run_what_writes_to_the_node(start):
    run = start(running())
    run()
    labels = run.programs.get("Namespace", "linkerd-cni")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"


@pytest.mark.parametrize(
    ("version", "expected"),
    [("edge-26.8.3", (26, 8, 3)), ("v1.34.4+k3s1", (1, 34, 4)), ("edge-26.10.1", (26, 10, 1)), ("?", ())],
)
def test_versions_are_compared_by_number(version, expected):
    assert numbers(version) == expected


def test_charts_are_numbered_by_the_whole_year():
    assert chart("edge-26.8.3") == "2026.8.3"
