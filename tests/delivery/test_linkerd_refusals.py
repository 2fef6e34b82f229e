"""What Linkerd's setup finds wrong before it sends anything, and what it says to do about it."""

import json

import pytest

from loom_constructs.delivery import DeliveryError
from tests.delivery.linkerd_objects import ROUTES, VERSION, definition, thing
from tests.delivery.linkerd_world import MANAGERS, managed, running, start  # noqa: F401

ON = {"mesh": "on", "high_availability": False}


def without(objects, *names):
    return [o for o in objects if o["metadata"]["name"] not in names]


def refused(run, match, **arguments):
    """The setup fails with these words, and has changed nothing."""
    with pytest.raises(DeliveryError, match=match):
        run(**arguments)
    assert run.programs.changes == []


def test_another_version_of_linkerd_comes_with_the_command_that_gets_the_right_one(start):
    run = start(running())
    run.programs.version = "edge-25.12.3"

    refused(run, f"linkerd must be {VERSION}, got edge-25.12.3; get it with: curl .* LINKERD2_VERSION={VERSION} sh")
    assert run.programs.calls == ["linkerd version --client --short"]


@pytest.mark.parametrize(
    ("missing", "match"),
    [
        ("linkerd", f"linkerd is not on the PATH; get it with: curl .*LINKERD2_VERSION={VERSION}"),
        ("helm", "helm is not on the PATH; see https://helm.sh/docs/intro/install/"),
    ],
)
def test_a_missing_program_is_named(start, monkeypatch, missing, match):
    monkeypatch.setattr("shutil.which", lambda name: None if name == missing else f"/bin/{name}")
    refused(start(running() + managed()), match, **ON)


def test_helm_is_asked_for_only_where_it_is_used(start):
    run = start(running() + managed())
    run.programs.helm_version = "v2.17.0+ga690bad"

    refused(run, "helm must be of version 3 or 4, got v2.17.0", **ON)
    run()


def test_another_environment_is_refused(start):
    refused(
        start(running()),
        "namespace loom of context laptop must be of environment staging, got local; nothing was sent",
        environment="staging",
    )


def test_an_older_kubernetes_is_refused(start):
    run = start(running())
    run.programs.kubernetes = "v1.30.14+k3s1"

    refused(run, "Kubernetes must be 1.31 or newer for Linkerd, got v1.30.14")


def test_high_availability_needs_three_nodes(start):
    refused(
        start(running(nodes=2) + managed()), "off with fewer than 3 nodes, got 2: .*--no-ha turns it off", mesh="on"
    )


def test_without_the_gateway_api_the_exact_command_is_said(start):
    refused(
        start(without(running(), *ROUTES)),
        "must be 1.2.1 to 1.5.1, and none is there; apply it with: kubectl apply --server-side -f "
        "https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.2.1/standard-install.yaml; or give",
    )


def test_a_part_of_the_gateway_api_or_an_older_one_is_not_enough(start):
    refused(start(without(running(), ROUTES[1])), "must be 1.2.1 to 1.5.1, got v1.2.1;")
    older = [*without(running(), ROUTES[1]), definition(ROUTES[1], "v1.1.1")]
    refused(start(older), "must be 1.2.1 to 1.5.1, got v1.2.1 and v1.1.1;")


def test_a_newer_gateway_api_is_left_alone(start, tmp_path):
    run = start(without(running(), *ROUTES) + [definition(name, "v1.6.1") for name in ROUTES])

    lines = run(gateway_api_file=str(tmp_path / "never-read"))

    assert "Gateway API: nothing to do, v1.6.1 is there; it is newer than 1.5.1" in lines[2]
    assert not [call for call in run.programs.calls if "never-read" in call]


def test_a_file_with_the_gateway_api_is_applied(start, tmp_path):
    run = start(without(running(), *ROUTES))
    given = [definition(name, "v1.2.1") for name in ROUTES]
    (tmp_path / "objects.json").write_text(json.dumps({"kind": "List", "items": given}))

    run(gateway_api_file=str(tmp_path))

    assert f"kubectl apply --server-side -f {tmp_path}" in run.programs.calls
    assert run.programs.said("kubectl wait")[0].endswith(" ".join(f"crd/{name}" for name in ROUTES))


@pytest.mark.parametrize(
    ("given", "there", "match"),
    [
        ([definition(ROUTES[0], "v1.2.1")], [], f"must hold {' and '.join(ROUTES)}, got none of {ROUTES[1]}"),
        ([definition(name, "v1.6.1") for name in ROUTES], [], "must be of version 1.2.1 to 1.5.1, got v1.6.1 of http"),
        ([definition(name, "v1.1.1") for name in ROUTES], [], "must be of version 1.2.1 to 1.5.1, got v1.1.1 of http"),
        ([definition(name) for name in MANAGERS], [], "must hold definitions of the Gateway API only, got Custom"),
        ([thing("Secret", ROUTES[0])], [], "must hold definitions of the Gateway API only, got Secret"),
        ([definition(name, "v1.2.1") for name in ROUTES], [definition(ROUTES[0], "v1.4.0")], "got v1.2.1 over v1.4.0"),
    ],
)
def test_a_file_with_anything_else_is_refused(start, tmp_path, given, there, match):
    (tmp_path / "objects.json").write_text(json.dumps({"kind": "List", "items": given}))
    refused(start(without(running(), *ROUTES) + there), match, gateway_api_file=str(tmp_path))


def test_cilium_that_wants_to_be_alone_is_refused_before_any_pod_is_touched(start):
    exclusive = thing("ConfigMap", "cilium-config", "kube-system", data={"cni-exclusive": "true"})
    refused(start([*running(), exclusive]), "cni.exclusive of Cilium must be false, got true: .*cni.exclusive=false")

    shared = thing("ConfigMap", "cilium-config", "kube-system", data={"cni-exclusive": "false"})
    start([*running(), shared])()


@pytest.mark.parametrize("missing", MANAGERS)
def test_production_needs_cert_manager_and_trust_manager(start, missing):
    run = start(without(running() + managed(), missing))

    with pytest.raises(DeliveryError, match=f"identity: the cluster must have {missing}, got none; install with: helm"):
        run(**ON)
    assert run.programs.said("helm upgrade --install linkerd-crds") == []


@pytest.mark.parametrize("missing", ["linkerd-trust-anchor", "linkerd-identity-issuer", "linkerd-identity-trust-roots"])
def test_an_identity_that_does_not_come_stops_it_before_linkerd(start, missing):
    run = start(without(running() + managed(), missing))

    with pytest.raises(DeliveryError, match=f"{missing} in .* is not there after 0 s; see: kubectl describe cert"):
        run(**ON)
    assert run.programs.said("helm upgrade --install linkerd-crds") == []


def test_an_issuer_without_a_key_is_none_yet(start):
    issuer = thing("Secret", "linkerd-identity-issuer", "linkerd", data={"tls.crt": "certificate"})
    run = start([*without(running() + managed(), "linkerd-identity-issuer"), issuer])

    with pytest.raises(DeliveryError, match="linkerd-identity-issuer in linkerd is not there after 0 s"):
        run(**ON)


def test_a_previous_anchor_is_never_overwritten(start):
    previous = thing("Secret", "linkerd-previous-anchor", "cert-manager", data={"tls.crt": "the one before"})
    run = start([*running(), *managed(), previous])

    run(**ON)

    assert run.programs.get("Secret", "linkerd-previous-anchor")["data"] == {"tls.crt": "the one before"}


def test_the_platform_is_one_that_is_known(start):
    refused(start(running()), "platform must be one of generic, kind, .*, got 'openshift'", platform="openshift")
