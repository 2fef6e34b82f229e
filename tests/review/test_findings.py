"""Findings: what is right is left alone. What is wrong is in the corpus of defects."""

import pytest

from loom_constructs.review.findings import findings
from loom_constructs.review.review import Review
from tests.review.meshed import account, authorization, linkerd, pod, reference, review, route, server

DNS = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}


def workload(port_name="web"):
    name, namespace = "web", "shop"
    container = {"name": name, "ports": [{"containerPort": 8080, "name": port_name}, {"containerPort": 443}]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {"containers": [container]},
    }


def policy(name="web", **spec):
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": {"app": name}}, **spec},
    }


def egress(*rules):
    return policy(policyTypes=["Egress"], egress=list(rules))


NAMES = {"to": [{"namespaceSelector": DNS}], "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53}]}

RIGHT = [
    ("DNS over both", [workload(), egress(NAMES)]),
    (
        "DNS over both, in two rules",
        [
            workload(),
            egress(
                {"to": [{"namespaceSelector": DNS}], "ports": [{"port": 53, "protocol": "UDP"}]},
                {"to": [{"namespaceSelector": DNS}], "ports": [{"port": 53}]},
            ),
        ],
    ),
    ("no DNS for a pod that calls nobody", [workload(), egress()]),
    (
        "no DNS for a pod that calls addresses only",
        [workload(), egress({"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]})],
    ),
    ("a port in a range", [workload(), policy(ingress=[{"ports": [{"port": 8000, "endPort": 9000}]}])]),
    ("a port by its name", [workload(port_name="http"), policy(ingress=[{"ports": [{"port": "http"}]}])]),
    (
        "a port of somebody who is not rendered",
        [workload(), egress(NAMES, {"to": [{"namespaceSelector": DNS}], "ports": [{"port": 9}]})],
    ),
    (
        "every namespace, for another port than 443",
        [workload(), egress(NAMES, {"to": [{"namespaceSelector": {}}], "ports": [{"port": 8080}]})],
    ),
    (
        "every namespace's pods with a label",
        [
            workload(),
            egress(
                NAMES,
                {
                    "to": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}],
                    "ports": [{"port": 443}, {"port": 8080}],
                },
            ),
        ],
    ),
    (
        "the internet without the metadata address",
        [
            workload(),
            egress(
                {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}], "ports": [{"port": 443}]}
            ),
        ],
    ),
    ("ingress from everywhere", [workload(), policy(ingress=[{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}])]),
    ("omitted policyTypes with ingress rules", [workload(), policy(ingress=[{}], egress=[NAMES])]),
    (
        "a namespace's own label, when it is declared",
        [
            workload(),
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "far", "labels": {"team": "a"}}},
            policy(ingress=[{"from": [{"namespaceSelector": {"matchLabels": {"team": "a"}}}]}]),
        ],
    ),
    ("a deny for a namespace whose pods are elsewhere", [{**policy("deny"), "spec": {"podSelector": {}}}]),
]


@pytest.mark.parametrize(("rule", "objects"), RIGHT, ids=[r[0] for r in RIGHT])
def test_nothing_is_said_of(rule, objects):
    assert findings(Review(objects)) == []


WRONG = [
    ("extensions/v1beta1", {**policy(), "apiVersion": "extensions/v1beta1"}, "is not served; say networking.k8s.io/v1"),
    ("a port in another protocol", policy(ingress=[{"ports": [{"port": 8080, "protocol": "UDP"}]}]), "names port 8080"),
    ("a number as text is a name", policy(ingress=[{"ports": [{"port": "8080"}]}]), "names port 8080"),
    (
        "a label that no namespace has",
        policy(ingress=[{"from": [{"namespaceSelector": {"matchLabels": {"team": "b"}}}]}]),
        "namespaceSelector team=b matches no namespace that is known",
    ),
    (
        "a pod of its own namespace that is not there",
        policy(ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "wbe"}}}]}]),
        "podSelector app=wbe matches no pod of shop",
    ),
]


@pytest.mark.parametrize(("rule", "text", "line"), WRONG, ids=[w[0] for w in WRONG])
def test_it_is_said_of(rule, text, line):
    assert [f for f in findings(Review([workload(), text])) if line in f]


LINKERDS = [
    (
        "a Service as target",
        [authorization(account("web"), kind="Service")],
        "targetRef must be Server of policy.linkerd.io",
    ),
    (
        "a Server that is not there",
        [authorization(account("web"), name="bd")],
        "names Server shop/bd, which does not exist",
    ),
    (
        "a route that is not there",
        [authorization(account("web"), kind="HTTPRoute", name="x")],
        "names HTTPRoute shop/x",
    ),
    (
        "another namespace",
        [authorization(account("web"), kind="Namespace", name="far", group="")],
        "must name its own namespace shop, got 'far'",
    ),
    ("two accounts", [authorization(account("a"), account("b"))], "at most one ServiceAccount"),
    (
        "two networks",
        [authorization(reference("NetworkAuthentication", "a"), reference("NetworkAuthentication", "b"))],
        "at most one NetworkAuthentication",
    ),
    (
        "an authentication and an account",
        [authorization(reference("MeshTLSAuthentication", "a"), account("b"))],
        "must not both be required",
    ),
    (
        "a user",
        [authorization({"kind": "User", "name": "x"})],
        "requiredAuthenticationRefs must be MeshTLSAuthentication",
    ),
    ("no port", [server(port=None)], "Server shop/db: port must be given"),
    ("no selector", [server(podSelector=None)], "must have exactly one of podSelector and externalWorkloadSelector"),
    ("an unknown protocol", [server(proxyProtocol="HTTP")], "proxyProtocol must be one of"),
    (
        "a Server for nobody",
        [server(podSelector={"matchLabels": {"app": "x"}})],
        "podSelector app=x matches no pod of shop",
    ),
    ("a Server at a port that nobody serves", [server(port=80)], "names port 80, which no selected pod serves"),
    ("no networks", [linkerd("NetworkAuthentication", "n", {"networks": []})], "networks must not be empty"),
    (
        "every address of one kind",
        [linkerd("NetworkAuthentication", "n", {"networks": [{"cidr": "0.0.0.0/0"}]})],
        "networks hold every IPv4 address and no IPv6 one",
    ),
    (
        "a namespace of a namespace",
        [
            linkerd(
                "MeshTLSAuthentication", "m", {"identityRefs": [{"kind": "Namespace", "name": "a", "namespace": "b"}]}
            )
        ],
        "a reference to Namespace a must not have a namespace",
    ),
    (
        "a reference to a user",
        [linkerd("MeshTLSAuthentication", "m", {"identityRefs": [{"kind": "User", "name": "a"}]})],
        "identityRefs must be of kind ServiceAccount or Namespace, got 'User'",
    ),
    (
        "nothing",
        [linkerd("MeshTLSAuthentication", "m", {})],
        "exactly one of identities and identityRefs must be given, got none",
    ),
    (
        "a star inside",
        [
            linkerd(
                "MeshTLSAuthentication", "m", {"identities": ["web.*.serviceaccount.identity.linkerd.cluster.local"]}
            )
        ],
        "matches no identity",
    ),
]


@pytest.mark.parametrize(("rule", "objects", "line"), LINKERDS, ids=[x[0] for x in LINKERDS])
def test_linkerd_would_refuse(rule, objects, line):
    assert [f for f in findings(review(pod(), *objects)) if line in f]


def test_a_server_for_pods_without_a_proxy():
    assert any("selects only pods without a proxy" in f for f in findings(review(pod({}), server())))


def test_an_unknown_default_policy():
    of = review(pod({"linkerd.io/inject": "enabled", "config.linkerd.io/default-inbound-policy": "open"}))

    assert any("default-inbound-policy must be one of" in f for f in findings(of))


@pytest.mark.parametrize(
    "identity",
    [
        "*",
        "web.shop.serviceaccount.identity.linkerd.cluster.local",
        "*.shop.serviceaccount.identity.linkerd.cluster.local",
        "*.serviceaccount.identity.linkerd.cluster.local",
        "*.identity.linkerd.cluster.local",
    ],
)
def test_identities_that_are_right(identity):
    of = review(pod(), linkerd("MeshTLSAuthentication", "m", {"identities": [identity]}))

    assert findings(of) == []


def service(annotations=None, **port):
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "db", "namespace": "shop", "annotations": annotations or {}},
        "spec": {"selector": {"app": "db"}, "ports": [{"port": 5432, **port}]},
    }


@pytest.mark.parametrize(
    ("rule", "pods", "object", "line"),
    [
        ("5432 is opaque for both by default", None, service(), None),
        (
            "the Service says another port",
            None,
            service({"config.linkerd.io/opaque-ports": "4222"}),
            "is opaque for Pod shop/db and not for Service",
        ),
        ("the pods say another port", "4222", service(), "is opaque for Service shop/db and not for Pod"),
        (
            "the target is what counts at the pods",
            None,
            service({"config.linkerd.io/opaque-ports": "80"}, port=80, targetPort="sql"),
            None,
        ),
        (
            "appProtocol says so",
            None,
            service({"config.linkerd.io/opaque-ports": ""}, appProtocol="linkerd.io/tcp"),
            None,
        ),
        (
            "an appProtocol that Linkerd does not read",
            None,
            service(appProtocol="postgresql"),
            "appProtocol postgresql of port 5432",
        ),
        ("HTTP where the pods say opaque", None, service(appProtocol="http"), "is opaque for Pod shop/db"),
    ],
)
def test_opaque_ports_are_the_same_on_both_sides(rule, pods, object, line):
    said = {"linkerd.io/inject": "enabled"} | ({} if pods is None else {"config.linkerd.io/opaque-ports": pods})

    found = findings(review(pod(said), object))

    assert not found if line is None else any(line in f for f in found)


def test_a_headless_service_needs_no_annotation():
    headless = service({"config.linkerd.io/opaque-ports": ""})
    headless["spec"]["clusterIP"] = "None"

    assert findings(review(pod(), headless)) == []


def test_routes_of_services_are_none_of_linkerds_inbound_policies():
    outbound = route("r", "HTTPRoute", {})
    outbound["spec"]["parentRefs"] = [{"group": "", "kind": "Service", "name": "db", "port": 5432}]

    assert findings(review(pod(), outbound)) == []
