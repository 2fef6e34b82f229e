"""Linkerd's setup on stand-ins of all programs; tests/cluster runs it on a real cluster."""

import re

import pytest

from loom_constructs.delivery import DeliveryError
from loom_constructs.delivery.linkerd.control_plane import HIGH_AVAILABILITY
from tests.delivery.linkerd_objects import CONTROL_PLANE, NAMESPACE, VERSION, thing
from tests.delivery.linkerd_world import managed, rendered, running, start  # noqa: F401

ON = {"mesh": "on", "high_availability": False}


def test_the_add_on_in_the_order_that_cuts_nobody_off(start):
    run = start(running())

    lines = run()

    assert run.programs.cut_off == []
    assert run.programs.said("linkerd") == [
        "linkerd version --client --short",
        "linkerd install-cni --dest-cni-net-dir /etc/cni/net.d --dest-cni-bin-dir /opt/cni/bin",
        "linkerd check --pre --linkerd-cni-enabled --output short",
        "linkerd install --crds --set installGatewayAPI=false",
        "linkerd install --linkerd-cni-enabled",
        "linkerd check --output short --wait 0s",
        "linkerd viz install",
        "linkerd viz check --output short --wait 0s",
    ]
    assert run.programs.said("helm") == []
    assert run.programs.said("kubectl rollout restart") == [
        f"kubectl rollout restart {name} --namespace loom" for name in ("deployment/client", "statefulset/server")
    ]
    assert [line.split(":")[0].strip() for line in lines] == [
        *("programs", "cluster", "Gateway API", "CNI plugin", "definitions"),
        *("temporary policy", "Servers in audit", "control plane", "deployment/client", "statefulset/server", "pods"),
        *("every pod is in the mesh", "Servers as rendered", "temporary policy away", "viz"),
        f"Linkerd {VERSION} is set up for local. Next",
    ]
    assert run.programs.get("Server", "server")["spec"]["accessPolicy"] == "deny"
    assert run.programs.get("NetworkPolicy", "linkerd-rollout") is None


def test_production_installs_the_charts_with_the_identity_of_cert_manager(start):
    run = start(running(nodes=3) + managed())

    run(mesh="on", environment="local")

    upgrades = run.programs.said("helm upgrade")
    charts = {
        "linkerd-cni": ("linkerd2-cni", "linkerd-cni"),
        "linkerd-crds": ("linkerd-crds", "linkerd"),
        "linkerd-control-plane": ("linkerd-control-plane", "linkerd"),
    }
    assert upgrades == [
        f"helm upgrade --install {name} {chart} --repo https://helm.linkerd.io/edge --version 2026.8.3 "
        f"--namespace {namespace} --atomic --wait --timeout 0s --reset-values --values -"
        for name, (chart, namespace) in charts.items()
    ]
    values = {name: release["values"] for name, release in run.programs.releases.items()}
    assert values["linkerd-cni"]["repairController"] == {"enabled": True}
    assert values["linkerd-crds"] == {"installGatewayAPI": False}
    assert values["linkerd-control-plane"] == {
        **HIGH_AVAILABILITY,
        "cniEnabled": True,
        "identity": {"externalCA": True, "issuer": {"scheme": "kubernetes.io/tls"}},
    }
    assert run.programs.said("linkerd install", "linkerd viz") == []
    assert run.programs.cut_off == []
    previous = run.programs.get("Secret", "linkerd-previous-anchor")
    assert previous["data"] == {"tls.crt": "certificate", "ca.crt": "authority"}, "its key signs nothing any more"
    # the chart mounts the trust roots: they are there first
    calls = run.programs.calls
    assert calls.index(
        "kubectl get configmap linkerd-identity-trust-roots --ignore-not-found -o json --namespace linkerd"
    ) < (calls.index(upgrades[-1]))


@pytest.mark.parametrize("arguments", [{}, ON], ids=["add-on", "on"])
def test_a_second_run_changes_nothing(start, arguments):
    run = start(running() + managed() if arguments else running())
    run(**arguments)
    before = run.programs.resource_versions()
    run.programs.changes.clear()

    lines = run(**arguments)

    assert run.programs.resource_versions() == before
    assert run.programs.changes == []
    said = dict(line.split(": ", 1) for line in lines)
    for step in (
        "Gateway API",
        "CNI plugin",
        "definitions",
        "control plane",
        "temporary policy",
        "Servers in audit",
        "pods",
    ):
        assert said[step].startswith("nothing to do"), said[step]
    assert said["Servers as rendered"] == said["temporary policy away"] == "nothing to do"


def test_a_failure_says_what_is_done_and_what_is_left(start):
    run = start(running())
    run.programs.fails = "linkerd install --linkerd-cni-enabled"

    with pytest.raises(DeliveryError) as failed:
        run(with_viz=False)

    assert str(failed.value).splitlines() == [
        "control plane: linkerd install failed: it failed",
        "  done: programs, cluster, Gateway API, CNI plugin, definitions, temporary policy, Servers in audit",
        "  left: control plane, pods, every pod is in the mesh, Servers as rendered, temporary policy away",
        "  the same command again goes on from here",
    ]


def test_an_identity_is_made_once(start):
    run = start(running())
    run()
    first = run.programs.get("Secret", "linkerd-identity-issuer")

    run()

    assert run.programs.get("Secret", "linkerd-identity-issuer") == first
    assert len(run.programs.said("linkerd install --linkerd-cni-enabled")) == 1


def test_an_older_linkerd_is_upgraded_and_keeps_its_identity(start):
    run = start(running())
    run.programs.version = "edge-26.6.3"
    run(version="edge-26.6.3")
    first = run.programs.get("Secret", "linkerd-identity-issuer")
    run.programs.version = VERSION

    lines = run()

    assert f"control plane: upgraded from edge-26.6.3 ({VERSION})" in lines
    assert len(run.programs.said("linkerd install --linkerd-cni-enabled")) == 1
    assert run.programs.said("linkerd upgrade") == ["linkerd upgrade --crds", "linkerd upgrade"]
    assert run.programs.get("Secret", "linkerd-identity-issuer") == first
    for name in CONTROL_PLANE:
        assert run.programs.get("Deployment", name)["metadata"]["labels"]["app.kubernetes.io/version"] == VERSION


@pytest.mark.parametrize("arguments", [{}, ON], ids=["add-on", "on"])
def test_a_newer_linkerd_is_not_taken_back(start, arguments):
    run = start(running() + managed() if arguments else running())
    run(**arguments)
    run.programs.version = "edge-26.6.3"
    before = run.programs.resource_versions()

    with pytest.raises(DeliveryError, match="must be .* or older, got .*26.8.3; it is not taken back"):
        run(version="edge-26.6.3", **arguments)
    assert run.programs.resource_versions() == before


def test_a_linkerd_of_another_way_is_left_alone(start):
    run = start(running())
    run()
    del run.programs.objects["secret", "linkerd", "linkerd-config-overrides"]
    run.programs.objects.pop(("deployment", "linkerd", "linkerd-identity"))

    with pytest.raises(DeliveryError, match="must be of `linkerd install`, got one of another way"):
        run()


def test_what_a_broken_install_left_is_installed_over(start):
    run = start([*running(), thing("Namespace", "linkerd")])

    run()

    assert run.programs.said("linkerd install --linkerd-cni-enabled", "linkerd check --pre") == [
        "linkerd install --linkerd-cni-enabled --ignore-cluster"
    ]


def test_a_failed_release_is_made_again(start):
    run = start(running() + managed())
    run(**ON)
    run.programs.releases["linkerd-control-plane"]["status"] = "failed"
    run.programs.calls.clear()

    run(**ON)

    assert len(run.programs.said("helm upgrade --install linkerd-control-plane")) == 1
    assert len(run.programs.said("helm upgrade")) == 1


def test_changed_values_of_a_chart_are_brought_to_the_release(start):
    run = start(running(nodes=3) + managed())
    run(mesh="on")
    run.programs.calls.clear()

    run(**ON)

    assert [re.search(r"--install (\S+)", c)[1] for c in run.programs.said("helm upgrade")] == ["linkerd-control-plane"]


def test_what_is_not_rendered_is_named_before_anything_is_asked(start, tmp_path):
    run = start(running())
    run.folder = tmp_path / "local"
    rendered(run.folder, [thing("Namespace", NAMESPACE)])

    with pytest.raises(DeliveryError, match="local/linkerd is not there; render it first"):
        run()
    assert run.programs.calls == []
