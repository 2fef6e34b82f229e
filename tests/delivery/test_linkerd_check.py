"""What `linkerd-check` finds, and the dashboard."""

import pytest

from loom_constructs.delivery import DeliveryError
from loom_constructs.delivery.linkerd import check, dashboard
from tests.delivery.linkerd_objects import NAMESPACE, pod, server, thing
from tests.delivery.linkerd_world import managed, running, start  # noqa: F401

OPAQUE = "config.linkerd.io/opaque-ports"


@pytest.fixture
def finished(start):
    """A platform in the mesh."""
    run = start(running())
    run()
    run.programs.changes.clear()
    return run.programs


def problems(**arguments):
    return check(**{"environment": "local", "namespace": NAMESPACE, "mesh": "add-on", **arguments})


def test_all_is_well_and_nothing_is_changed(finished):
    finished.calls.clear()

    assert problems() == []

    assert finished.changes == []
    assert finished.said("linkerd check") == [
        "linkerd check --output json",
        "linkerd check --output json --proxy --namespace loom",
    ]


def test_each_thing_that_is_wrong_is_a_line(finished):
    finished._put(pod("coder-1", "coder"))
    finished._put(pod("old-1", "old", meshed=True, annotations={"linkerd.io/proxy-version": "edge-26.6.3"}))
    finished._put(server("audit"))
    finished._put(thing("NetworkPolicy", "linkerd-rollout", NAMESPACE, spec={"ingress": [{}]}))
    finished.objects["daemonset", "linkerd-cni", "linkerd-cni"]["status"]["numberReady"] = 0

    assert problems() == [
        "DaemonSet linkerd-cni is ready on 0 of 1 nodes",
        "outside of the mesh: coder-1",
        "with a proxy of another version than edge-26.8.3, restart them: old-1",
        "Servers in audit, which refuse nobody: server",
        "NetworkPolicy linkerd-rollout is left, which opens namespace loom to itself",
    ]


def test_a_missing_plugin_is_a_line(finished):
    del finished.objects["daemonset", "linkerd-cni", "linkerd-cni"]

    assert problems() == ["DaemonSet linkerd-cni of namespace linkerd-cni is not there"]


def test_without_linkerd_only_that_is_said(start):
    start(running())

    assert problems() == ["Linkerd is not installed: namespace linkerd has no control plane"]


def test_another_version_in_the_cluster_is_a_line_for_each_part(finished):
    finished.objects["deployment", "linkerd", "linkerd-identity"]["metadata"]["labels"]["app.kubernetes.io/version"] = (
        "edge-26.6.3"
    )
    del finished.objects["deployment", "linkerd", "linkerd-destination"]

    assert problems() == [
        "linkerd-identity must be edge-26.8.3, got edge-26.6.3",
        "linkerd-destination must be edge-26.8.3, got none",
    ]


def found(description, result="error", error="no running\n  pods"):
    return {"description": description, "result": result, "error": error}


def test_what_linkerd_finds_is_a_line_once_and_its_other_warnings_are_none(finished):
    finished.findings = [
        found("control plane pods are ready"),
        found("cli is up-to-date", "warning"),
        {"description": "can query the Kubernetes API", "result": "success"},
    ]

    assert problems() == ["linkerd check: control plane pods are ready: no running pods"]


def test_certificates_that_end_soon_are_lines_but_not_an_issuer_that_is_renewed_every_other_day(finished):
    anchor = found("trust anchors are valid for at least 60 days", "warning", "expires on 2027-01-01")
    issuer = found("issuer cert is valid for at least 60 days", "warning", "expires on 2027-01-01")
    finished.findings = [anchor, issuer]

    lines = [f"linkerd check: {f['description']}: {f['error']}" for f in finished.findings]
    assert problems() == lines
    assert problems(mesh="on") == lines[:1]


def test_a_check_that_fails_without_a_word_is_a_problem_too(finished):
    finished.findings = [found("something", "skipped")]

    assert problems() == ["linkerd check: it failed, and did not say why"]


def test_a_check_that_cannot_be_read_is_an_error(finished):
    finished.fails = "linkerd check --output json"

    with pytest.raises(DeliveryError, match="linkerd check failed: it failed"):
        problems()


def service(name, ports, opaque=None, selector="nats"):
    annotations = {OPAQUE: opaque} if opaque is not None else {}
    return thing(
        "Service", name, NAMESPACE, annotations=annotations, spec={"selector": {"app": selector}, "ports": ports}
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (service("same", [{"port": 4222}, {"port": 6222}, {"port": 8222}], "4222,6222-6223"), []),
        (service("part", [{"port": 4222}], "4222"), []),
        (service("other-number", [{"port": 1, "targetPort": "client"}], "1"), []),
        (service("none", [{"port": 4222}]), ["Service none: {} must say of port 4222: opaque, got not opaque"]),
        (service("more", [{"port": 8222}], "8222"), ["Service more: {} must say of port 8222: not opaque, got opaque"]),
        (
            service("by-name", [{"port": 1, "targetPort": "client"}]),
            ["Service by-name: {} must say of port 1: opaque, got not opaque"],
        ),
        (
            service("by-default", [{"port": 5432}]),
            ["Service by-default: {} must say of port 5432: not opaque, got opaque"],
        ),
        (service("no-such-pods", [{"port": 4222}], selector="gone"), []),
    ],
    ids=lambda value: value["metadata"]["name"] if isinstance(value, dict) else "",
)
def test_a_service_and_its_pods_agree_on_opaque_ports(finished, given, expected):
    nats = pod("nats-0", "nats", meshed=True, annotations={OPAQUE: "4222,6222-6223"})
    nats["spec"]["containers"][0]["ports"] = [{"name": "client", "containerPort": 4222}]
    finished._put(nats)
    finished._put(given)

    assert problems() == [line.format(OPAQUE) for line in expected]


def test_another_environment_is_not_looked_at(finished):
    with pytest.raises(DeliveryError, match="must be of environment production, got local"):
        problems(environment="production")


def test_the_dashboard_is_checked_and_then_becomes_the_program(finished, monkeypatch):
    became = []
    monkeypatch.setattr("os.execvp", lambda file, words: became.append((file, words)))

    dashboard()

    assert finished.calls[-1] == "linkerd viz check --output short"
    assert became == [("linkerd", ["linkerd", "viz", "dashboard"])]

    finished.fails = "linkerd viz check"
    with pytest.raises(DeliveryError, match="linkerd viz check failed"):
        dashboard()
    assert len(became) == 1
