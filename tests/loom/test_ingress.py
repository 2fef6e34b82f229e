import pytest

from loom_constructs import ConnectorsService, Endpoint, LoomControlPlane, LoomIngress, Peer, SecretRef, Wire, calls_in

CONTROLLER = Peer("ingress", "ingress-nginx", {"app.kubernetes.io/name": "ingress-nginx"})


@pytest.fixture
def ingress(chart, pooler, nats):
    connectors = ConnectorsService(chart, "connectors", image="loom:1.0", events=nats.client("connectors"))
    loom = LoomControlPlane(
        chart,
        "loom",
        image="loom:1.0",
        database=pooler.sql,
        events=nats.client("control-plane"),
        secret=SecretRef("loom-secret"),
    )

    def make(**changes):
        arguments = {
            "api": loom.api,
            "webhooks": connectors.webhooks,
            "controller": CONTROLLER,
            "host": "loom.example.org",
            "class_name": "nginx",
            "issuer": "letsencrypt",
            **changes,
        }
        return LoomIngress(chart, "ingress", **arguments)

    return make


def test_matches_snapshot_and_lets_the_controller_in(chart, ingress, render, snapshot):
    ingress()

    assert render()["Ingress/loom"] == snapshot
    mine = {f"{c.to.server.name}:{c.to.name}" for c in calls_in(chart) if c.client == CONTROLLER}
    # the last one answers for cert-manager while it asks for a certificate
    assert mine == {"loom:http", "connectors-service:http", "acme-solver:http"}


def test_without_webhooks_nobody_reaches_the_connectors(chart, ingress, render):
    ingress(webhooks=None)

    [path] = render()["Ingress/loom"]["spec"]["rules"][0]["http"]["paths"]
    assert path["path"] == "/"


@pytest.mark.parametrize("argument", ["host", "class_name", "issuer"])
def test_bad_names_are_refused(ingress, argument):
    with pytest.raises(ValueError, match=f"{argument} must be a DNS name .*got 'Not A Name'"):
        ingress(**{argument: "Not A Name"})


def test_a_backend_in_another_namespace_is_refused(ingress):
    far = Endpoint(Peer("loom", "other"), "http", "loom", 8081, wire=Wire.HTTP)

    with pytest.raises(ValueError, match="api must be in the Ingress's own namespace loom, got 'other'"):
        ingress(api=far)
