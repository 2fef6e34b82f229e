"""The kubelet's probes under Linkerd's policies."""

import pytest

from loom_constructs.review.findings import findings
from tests.review.meshed import account, authorization, linkerd, pod, reference, review, route, server

NODES = linkerd("NetworkAuthentication", "nodes", {"networks": [{"cidr": "0.0.0.0/0"}, {"cidr": "::/0"}]})
IPV4 = linkerd("NetworkAuthentication", "nodes", {"networks": [{"cidr": "0.0.0.0/0"}]})
FROM_NODES = reference("NetworkAuthentication", "nodes")
HTTP = {"httpGet": {"port": "sql", "path": "/live?full=1"}}
GRPC = {"grpc": {"port": 5432}}
API = {"path": {"type": "PathPrefix", "value": "/api"}}
LIVE = {"path": {"type": "Exact", "value": "/live"}, "method": "GET"}
HEALTH = route("health", "GRPCRoute", {"method": {"service": "grpc.health.v1.Health"}})
PLAIN_BY_ROUTE = {
    kind: authorization(FROM_NODES, kind=kind, name="health", group="gateway.networking.k8s.io")
    for kind in ("HTTPRoute", "GRPCRoute")
}
OPEN = {"linkerd.io/inject": "enabled"}
DENY = {**OPEN, "config.linkerd.io/default-inbound-policy": "deny"}
OPAQUE = {**DENY, "config.linkerd.io/opaque-ports": "5000-6000"}
NOT_OPAQUE = {**DENY, "config.linkerd.io/opaque-ports": ""}


def said(probe, annotations, *objects):
    """What is said of the probe."""
    of = review(pod(annotations, container={"livenessProbe": probe}), *objects)
    return [line for line in findings(of) if "Probe" in line]


PASS = [
    ("exec never leaves the pod", {"exec": {"command": ["true"]}}, DENY, []),
    ("tcpSocket is accepted by the proxy", {"tcpSocket": {"port": 5432}}, DENY, []),
    ("Linkerd adds a route for httpGet", HTTP, NOT_OPAQUE, []),
    ("at a Server, too", HTTP, DENY, [server(proxyProtocol="HTTP/1")]),
    ("an open port lets every probe in", GRPC, OPEN, []),
    ("even an opaque one", HTTP, OPEN, []),
    ("a Server for everybody", GRPC, DENY, [server(accessPolicy="all-unauthenticated")]),
    ("a network for the whole Server", GRPC, DENY, [server(), NODES, authorization(FROM_NODES)]),
    (
        "a health route for the nodes",
        GRPC,
        DENY,
        [server(proxyProtocol="gRPC"), HEALTH, NODES, PLAIN_BY_ROUTE["GRPCRoute"]],
    ),
    (
        "an attached route for the probe's path",
        HTTP,
        DENY,
        [server(proxyProtocol="HTTP/1"), route("health", "HTTPRoute", LIVE), NODES, PLAIN_BY_ROUTE["HTTPRoute"]],
    ),
]

FAIL = [
    ("grpc has no route of its own", GRPC, DENY, [server(proxyProtocol="gRPC")], "grpc probe at port 5432 is refused"),
    ("without a Server neither", GRPC, DENY, [], "grpc probe at port 5432 is refused"),
    ("a health route for nobody", GRPC, DENY, [server(proxyProtocol="gRPC"), HEALTH], "attach a GRPCRoute"),
    (
        "a health route for an identity, which a kubelet has not",
        GRPC,
        DENY,
        [
            server(proxyProtocol="gRPC"),
            HEALTH,
            authorization(account("web"), kind="GRPCRoute", name="health", group="gateway.networking.k8s.io"),
        ],
        "grpc probe",
    ),
    (
        "IPv4 nodes only",
        GRPC,
        DENY,
        [server(proxyProtocol="gRPC"), HEALTH, IPV4, PLAIN_BY_ROUTE["GRPCRoute"]],
        "where nodes have IPv6 addresses; add ::/0",
    ),
    (
        "another route is attached",
        HTTP,
        DENY,
        [server(proxyProtocol="HTTP/1"), route("api", "HTTPRoute", API)],
        "GET /live at port 5432",
    ),
    ("an opaque port has no requests", HTTP, OPAQUE, [], "the port is opaque"),
    ("nor has an opaque Server", HTTP, DENY, [server(proxyProtocol="opaque")], "the port is opaque"),
    ("5432 is opaque unless the pod says otherwise", HTTP, DENY, [], "the port is opaque"),
    ("HTTPS cannot be read", {"httpGet": {"port": 5432, "scheme": "HTTPS"}}, NOT_OPAQUE, [], "probe by HTTPS"),
    ("a Server for gRPC knows no HTTP", HTTP, DENY, [server(proxyProtocol="gRPC")], "which is for gRPC"),
]


@pytest.mark.parametrize(("rule", "probe", "annotations", "objects"), PASS, ids=[p[0] for p in PASS])
def test_it_passes(rule, probe, annotations, objects):
    assert said(probe, annotations, *objects) == []


@pytest.mark.parametrize(("rule", "probe", "annotations", "objects", "line"), FAIL, ids=[f[0] for f in FAIL])
def test_it_is_refused(rule, probe, annotations, objects, line):
    [found] = said(probe, annotations, *objects)

    assert found.startswith("Pod shop/db: livenessProbe of db: ")
    assert line in found


def test_probes_that_fail_alike_are_one_line():
    probed = {"livenessProbe": GRPC, "readinessProbe": GRPC, "startupProbe": {"exec": {"command": ["true"]}}}

    [line] = [f for f in findings(review(pod(DENY, container=probed))) if "Probe" in f]

    assert line.startswith("Pod shop/db: livenessProbe, readinessProbe of db: grpc probe")


def test_probes_of_init_containers_count():
    sidecar = {"name": "side", "restartPolicy": "Always", "startupProbe": GRPC}

    assert any("startupProbe of side" in f for f in findings(review(pod(DENY, initContainers=[sidecar]))))


def test_without_linkerd_nothing_is_refused():
    assert findings(review(pod(DENY, container={"livenessProbe": GRPC}), mesh=False)) == []
