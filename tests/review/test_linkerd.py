"""Linkerd's policies: each rule in words, and what follows from it."""

import pytest

from loom_constructs.review.expectation import Expectation
from loom_constructs.review.review import Review
from tests.review.meshed import (
    PEERS,
    account,
    authorization,
    let_in,
    linkerd,
    pod,
    reference,
    review,
    route,
    server,
    the_server,
)

MESHED = {"web.shop", "web.far"}
PLAIN = {"far/plain", "inside", "outside"}
EVERYBODY = MESHED | PLAIN
IN_MESH = {"linkerd.io/inject": "enabled"}


def by_default(value):
    return pod({**IN_MESH, "config.linkerd.io/default-inbound-policy": value})


def names(*identities):
    return linkerd("MeshTLSAuthentication", "a", {"identities": list(identities)})


def refers(*references):
    return linkerd("MeshTLSAuthentication", "a", {"identityRefs": list(references)})


def networks(*given):
    return linkerd("NetworkAuthentication", "n", {"networks": list(given)})


TLS, NET = reference("MeshTLSAuthentication", "a"), reference("NetworkAuthentication", "n")

WITHOUT_A_SERVER = [
    ("nothing said: everybody", [pod(IN_MESH)], EVERYBODY),
    ("deny", [by_default("deny")], set()),
    ("audit lets pass, and only logs", [by_default("audit")], EVERYBODY),
    ("all-unauthenticated", [by_default("all-unauthenticated")], EVERYBODY),
    ("all-authenticated: whoever is in the mesh", [by_default("all-authenticated")], MESHED),
    ("cluster-authenticated", [by_default("cluster-authenticated")], MESHED),
    (
        "cluster-unauthenticated: from the cluster's networks",
        [by_default("cluster-unauthenticated")],
        EVERYBODY - {"outside"},
    ),
    ("an unknown value is not heard", [by_default("everybody")], EVERYBODY),
    (
        "the namespace's annotation holds where the pod has none",
        [
            pod(IN_MESH),
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": "shop", "annotations": {"config.linkerd.io/default-inbound-policy": "deny"}},
            },
        ],
        set(),
    ),
    (
        "a policy for the namespace is about Servers, not about ports without one",
        [pod(), authorization(account("web"), kind="Namespace", name="shop", group="")],
        set(),
    ),
]

AT_A_SERVER = [
    ("a Server denies, even where the pod's default does not", [pod(IN_MESH), server()], set()),
    ("v1beta2 is served", [pod(IN_MESH), server(version="v1beta2")], set()),
    ("at a version that is not served it is not there", [pod(IN_MESH), server(version="v2")], EVERYBODY),
    ("a port by its name", [pod(IN_MESH), server(port="sql")], set()),
    ("a name that the pod does not have", [pod(IN_MESH), server(port="http")], EVERYBODY),
    ("another port", [pod(IN_MESH), server(port=80)], EVERYBODY),
    ("other pods", [pod(IN_MESH), server(podSelector={"matchLabels": {"app": "other"}})], EVERYBODY),
    ("an empty podSelector selects all", [pod(IN_MESH), server(podSelector={})], set()),
    ("accessPolicy audit", [pod(), server(accessPolicy="audit")], EVERYBODY),
    ("accessPolicy all-authenticated", [pod(), server(accessPolicy="all-authenticated")], MESHED),
    ("accessPolicy all-unauthenticated", [pod(), server(accessPolicy="all-unauthenticated")], EVERYBODY),
    ("a ServiceAccount", [pod(), server(), authorization(account("web"))], {"web.shop"}),
    ("of another namespace", [pod(), server(), authorization(account("web", namespace="far"))], {"web.far"}),
    (
        "accessPolicy lets in beside the policies",
        [pod(), server(accessPolicy="all-authenticated"), authorization(account("web"))],
        MESHED,
    ),
    (
        "a policy for the namespace is about every Server in it",
        [pod(), server(), authorization(account("web"), kind="Namespace", name="shop", group="core")],
        {"web.shop"},
    ),
    ("a policy for another Server", [pod(), server(), authorization(account("web"), name="other")], set()),
    (
        "a policy of another namespace",
        [pod(), server(), {**authorization(account("web")), "metadata": {"name": "x", "namespace": "far"}}],
        set(),
    ),
    (
        "a policy at v1beta3 is not there",
        [pod(), server(), {**authorization(account("web")), "apiVersion": "policy.linkerd.io/v1beta3"}],
        set(),
    ),
    ("no references: everybody", [pod(), server(), authorization()], EVERYBODY),
]

AUTHENTICATIONS = [
    (
        "an identity in full",
        [names("web.shop.serviceaccount.identity.linkerd.cluster.local"), authorization(TLS)],
        {"web.shop"},
    ),
    (
        "a suffix: a whole namespace",
        [names("*.far.serviceaccount.identity.linkerd.cluster.local"), authorization(TLS)],
        {"web.far"},
    ),
    ("a suffix that forgets a part", [names("*.far.identity.linkerd.cluster.local"), authorization(TLS)], set()),
    ("a star alone: whoever proves any identity", [names("*"), authorization(TLS)], MESHED),
    (
        "a reference to a ServiceAccount of the same namespace",
        [refers(account("web")), authorization(TLS)],
        {"web.shop"},
    ),
    ("and of another", [refers(account("web", namespace="far")), authorization(TLS)], {"web.far"}),
    ("a reference to a Namespace", [refers({"kind": "Namespace", "name": "far"}), authorization(TLS)], {"web.far"}),
    ("a missing MeshTLSAuthentication: the policy is ignored", [authorization(TLS)], set()),
    ("a missing NetworkAuthentication, too", [authorization(account("web"), NET)], set()),
    ("two that prove identities: ignored", [names("*"), authorization(TLS, account("web"))], set()),
    (
        "networks alone: nobody has to prove anything",
        [networks({"cidr": "10.0.0.0/8"}), authorization(NET)],
        EVERYBODY - {"outside"},
    ),
    (
        "except",
        [networks({"cidr": "10.0.0.0/8", "except": ["10.9.0.0/16"]}), authorization(NET)],
        EVERYBODY - {"outside", "inside"},
    ),
    ("networks beyond the cluster hold no pod", [networks({"cidr": "192.0.2.0/24"}), authorization(NET)], {"outside"}),
    (
        "an identity and a network: both",
        [networks({"cidr": "192.0.2.0/24"}), authorization(account("web"), NET)],
        set(),
    ),
    (
        "an identity in a network of pods",
        [networks({"cidr": "10.0.0.0/8"}), authorization(account("web"), NET)],
        {"web.shop"},
    ),
    (
        "an authentication of another namespace is found by its namespace",
        [
            linkerd("MeshTLSAuthentication", "a", {"identities": ["*"]}, namespace="far"),
            authorization(reference("MeshTLSAuthentication", "a", namespace="far")),
        ],
        MESHED,
    ),
]

HEALTH = route("health", "GRPCRoute", {"method": {"service": "grpc.health.v1.Health"}})
API = route("api", "GRPCRoute", {"method": {"service": "shop.Orders"}})


def for_route(name, *references, kind="GRPCRoute", group="gateway.networking.k8s.io"):
    return authorization(*references, kind=kind, name=name, group=group)


ROUTES = [
    ("a route: whom a policy for it lets in", [API, for_route("api", account("web"))], {"web.shop"}),
    ("policies for the Server hold for its routes", [API, authorization(account("web"))], {"web.shop"}),
    ("only a health route: nothing else passes", [HEALTH, authorization(account("web"))], set()),
    (
        "a health route for everybody opens nothing else",
        [HEALTH, API, networks({"cidr": "0.0.0.0/0"}), for_route("health", NET), for_route("api", account("web"))],
        {"web.shop"},
    ),
    (
        "Linkerd's own HTTPRoute",
        [
            route("api", "HTTPRoute", {}, group="policy.linkerd.io", version="v1beta3"),
            for_route("api", account("web"), kind="HTTPRoute", group="policy.linkerd.io"),
        ],
        {"web.shop"},
    ),
    (
        "the group of the target counts",
        [route("api", "HTTPRoute", {}), for_route("api", account("web"), kind="HTTPRoute", group="policy.linkerd.io")],
        set(),
    ),
]


@pytest.mark.parametrize(
    ("rule", "objects", "expected"), [*WITHOUT_A_SERVER, *AT_A_SERVER], ids=lambda v: v if isinstance(v, str) else ""
)
def test_at_the_port(rule, objects, expected):
    assert let_in(*objects) == expected


@pytest.mark.parametrize(("rule", "objects", "expected"), AUTHENTICATIONS, ids=[a[0] for a in AUTHENTICATIONS])
def test_authentications(rule, objects, expected):
    assert let_in(pod(), server(), *objects) == expected


@pytest.mark.parametrize(("rule", "objects", "expected"), ROUTES, ids=[r[0] for r in ROUTES])
def test_routes(rule, objects, expected):
    assert let_in(pod(), server(), *objects) == expected


def test_routes_mean_nothing_at_an_opaque_port():
    objects = [pod(), server(proxyProtocol="opaque"), HEALTH, authorization(account("web"))]

    assert let_in(*objects) == {"web.shop"}


@pytest.mark.parametrize(
    ("rule", "annotations", "spec", "meshed"),
    [
        ("enabled", {"linkerd.io/inject": "enabled"}, {}, True),
        ("ingress", {"linkerd.io/inject": "ingress"}, {}, True),
        ("disabled", {"linkerd.io/inject": "disabled"}, {}, False),
        ("not said", {}, {}, False),
        ("in the network of its node", {"linkerd.io/inject": "enabled"}, {"hostNetwork": True}, False),
    ],
)
def test_which_pods_are_in_the_mesh(rule, annotations, spec, meshed):
    assert the_server(review(pod(annotations, **spec))).meshed is meshed


def test_the_namespace_may_say_it_and_the_pod_may_say_no():
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "annotations": IN_MESH}}

    assert the_server(review(pod({}), namespace)).meshed
    assert not the_server(review(pod({"linkerd.io/inject": "disabled"}), namespace)).meshed
    assert not the_server(review(pod(IN_MESH), mesh=False)).meshed


def test_meshed_pods_have_the_ports_and_labels_that_injection_adds():
    found = the_server(review(pod()))

    assert {p.number for p in found.ports} == {5432, 4143, 4190, 4191}
    assert found.numbers("linkerd-admin", "TCP") == {4191}
    assert found.labels["linkerd.io/control-plane-ns"] == "linkerd"


def wires(of, client, port=5432, protocol="TCP"):
    """The ports on the wire, and the identity that comes with each."""
    ends = {e.name: e for e in of.world.ends.all}
    return [(w.wire, w.identity) for w in of.paths.ways(ends[client], the_server(of), port, protocol)]


def test_the_ways_there_are():
    of = review(pod())

    assert wires(of, "shop/web") == [(4143, "web.shop"), (5432, None)]
    assert wires(of, "far/plain") == [(5432, None)]
    assert wires(of, "shop/web", 4191) == [(4191, "web.shop"), (4191, None)]
    assert wires(of, "shop/web", 53, "UDP") == [(53, None)]
    assert wires(review(pod({})), "shop/web") == [(5432, None)]


def test_the_proxys_metrics_are_a_port_like_any_other():
    admin = server("admin", port="linkerd-admin", podSelector={})

    assert let_in(pod(), port=4191) == set()
    assert let_in(pod(), admin, authorization(account("web"), name="admin"), port=4191) == {"web.shop"}


def test_the_tap_knows_only_clients_of_the_mesh_and_checks_them_itself():
    assert let_in(pod(), port=4190) == MESHED


def test_ports_that_skip_the_servers_proxy_are_open_to_everybody_without_identity():
    skipping = pod({**IN_MESH, "config.linkerd.io/skip-inbound-ports": "5000-6000"})

    assert let_in(skipping, server()) == PLAIN
    assert wires(review(skipping), "shop/web") == [(5432, None)]


def test_ports_that_skip_the_clients_proxy_come_without_identity():
    client = pod({**IN_MESH, "config.linkerd.io/skip-outbound-ports": "5432"})
    client["metadata"] |= {"name": "web", "labels": {"app": "web"}}
    client["spec"]["serviceAccountName"] = "web"
    calls = [{"from": "shop/web", "to": "shop/db", "port": 5432, "identity": "web.shop"}]
    meant = Expectation.of({"mesh": True, "peers": PEERS, "calls": calls})

    [line] = [
        d
        for d in Review([pod(), client, server(), authorization(account("web"))], meant).differences()
        if "missing" in d
    ]

    assert line == (
        "missing: shop/web -> shop/db:5432 as web.shop: an annotation skips the proxy of shop/web or shop/db at port "
        "5432, so no identity arrives"
    )


def test_ports_that_require_an_identity():
    required = pod({**IN_MESH, "config.linkerd.io/proxy-require-identity-inbound-ports": "5432"})

    assert let_in(required) == MESHED


def test_a_list_of_ports_that_is_none_is_refused():
    with pytest.raises(
        ValueError,
        match="config.linkerd.io/skip-inbound-ports must be a list of ports such as 4222,6222-6224, got 'all'",
    ):
        review(pod({**IN_MESH, "config.linkerd.io/skip-inbound-ports": "all"}))
