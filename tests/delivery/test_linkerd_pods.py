"""Which pods are in the mesh, and which need not be."""

import pytest

from loom_constructs.delivery.linkerd import pods
from tests.delivery.linkerd_objects import VERSION, pod


@pytest.fixture
def cluster(monkeypatch):
    """The pods that the cluster has."""
    found = []
    monkeypatch.setattr(pods, "listed", lambda kind, namespace, *arguments: found)
    return found


def changed(part, **values):
    made = pod("a", "a")
    made[part] |= values
    return made


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (pod("a", "a"), ["a"]),
        (changed("status", phase="Pending"), ["a"]),
        (changed("status", phase="Succeeded"), []),
        (changed("status", phase="Failed"), []),
        (changed("metadata", deletionTimestamp="2026-11-01T00:00:00Z"), []),
        (changed("metadata", annotations={"linkerd.io/inject": "disabled"}), []),
        (changed("metadata", annotations={"linkerd.io/inject": "enabled"}), ["a"]),
        # Linkerd leaves pods in the node's network alone
        (changed("spec", hostNetwork=True), []),
        (pod("a", "a", meshed=True), []),
        # as a native sidecar
        (changed("spec", initContainers=[{"name": "linkerd-proxy", "restartPolicy": "Always"}]), []),
        (changed("spec", initContainers=[{"name": "linkerd-init"}]), ["a"]),
    ],
)
def test_a_pod_that_should_be_in_the_mesh_and_is_not(cluster, one, expected):
    cluster.append(one)

    assert [p["metadata"]["name"] for p in pods.unmeshed("loom")] == expected


@pytest.mark.parametrize(("said", "old"), [({}, False), (VERSION, False), ("edge-26.6.3", True)])
def test_a_proxy_says_its_version(cluster, said, old):
    annotations = {"linkerd.io/proxy-version": said} if said else {}
    cluster.append(pod("a", "a", meshed=True, annotations=annotations))

    assert bool(pods.aged("loom", VERSION)) is old


def test_names_are_in_order():
    assert pods.names([pod("b", "b"), pod("a", "a")]) == "a, b"
