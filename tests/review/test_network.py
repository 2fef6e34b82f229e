"""NetworkPolicies: the rules of networking.k8s.io/v1, one by one."""

import pytest

from loom_constructs.review.ends import Address, Pod, Port
from loom_constructs.review.network import NetworkPolicies
from loom_constructs.review.numbered import Ends

HTTP = (Port(80, "TCP", "http"), Port(81, "TCP", "alt"), Port(53, "UDP", "dns"))
WEB = Pod("web", "shop", {"app": "web", "tier": "front"}, HTTP)
DB = Pod("db", "shop", {"app": "db", "tier": "back"}, (Port(8080, "TCP", "http"), Port(5432)))
BARE = Pod("bare", "shop", {}, HTTP)
FAR = Pod("far", "far", {"app": "web"}, HTTP, address="10.1.2.3")
HOST = Pod("host", "shop", {"app": "web"}, HTTP, host_network=True)
NEAR_NET, BAD_NET, V6 = Address("near", "192.0.2.1"), Address("bad", "192.0.2.200"), Address("six", "2001:db8::1")
ENDS = Ends([WEB, DB, BARE, FAR, HOST, NEAR_NET, BAD_NET, V6], {"shop": {"team": "a"}, "far": {"team": "b"}})


def policy(spec, namespace="shop"):
    return {"metadata": {"name": "p", "namespace": namespace}, "spec": spec}


def ingress(peer=None, ports=None, **more):
    rule = {} if peer is None else {"from": peer}
    return policy(
        {"podSelector": {"matchLabels": {"app": "db"}}, "ingress": [rule | ({"ports": ports} if ports else {})], **more}
    )


def clients(text, port=5432, protocol="TCP", server=DB):
    """Who reaches the server's port."""
    policies = NetworkPolicies(ENDS, [text])
    return {c.name for c in ENDS.all if c is not server and policies.ingress_allows(c, server, port, protocol)}


EVERYONE = {e.name for e in ENDS.all}
OTHERS = EVERYONE - {"db"}

PEERS = [
    ("no rule: nobody", policy({"podSelector": {}}), set()),
    ("an empty list of rules: nobody", policy({"podSelector": {}, "ingress": []}), set()),
    ("an empty rule: everyone", ingress(), OTHERS),
    ("an empty from: everyone", ingress([]), OTHERS),
    (
        "a podSelector alone means its own namespace",
        ingress([{"podSelector": {"matchLabels": {"app": "web"}}}]),
        {"web"},
    ),
    ("an empty podSelector: all of its namespace", ingress([{"podSelector": {}}]), {"web", "bare"}),
    ("an empty namespaceSelector: all pods", ingress([{"namespaceSelector": {}}]), {"web", "bare", "far"}),
    ("a namespace by its label", ingress([{"namespaceSelector": {"matchLabels": {"team": "b"}}}]), {"far"}),
    (
        "a namespace by its name, which is always a label",
        ingress([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "far"}}}]),
        {"far"},
    ),
    (
        "both in one entry: AND",
        ingress([{"namespaceSelector": {"matchLabels": {"team": "b"}}, "podSelector": {"matchLabels": {"app": "db"}}}]),
        set(),
    ),
    (
        "both in two entries: OR",
        ingress(
            [{"namespaceSelector": {"matchLabels": {"team": "b"}}}, {"podSelector": {"matchLabels": {"app": "web"}}}]
        ),
        {"far", "web"},
    ),
    (
        "In",
        ingress([{"podSelector": {"matchExpressions": [{"key": "tier", "operator": "In", "values": ["front"]}]}}]),
        {"web"},
    ),
    (
        "NotIn takes pods without the label too",
        ingress([{"podSelector": {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["front"]}]}}]),
        {"bare"},
    ),
    ("Exists", ingress([{"podSelector": {"matchExpressions": [{"key": "tier", "operator": "Exists"}]}}]), {"web"}),
    (
        "DoesNotExist",
        ingress([{"podSelector": {"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}}]),
        {"bare"},
    ),
    (
        "an ipBlock means addresses, of pods only where they are known",
        ingress([{"ipBlock": {"cidr": "10.0.0.0/8"}}]),
        {"far"},
    ),
    (
        "except",
        ingress([{"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.128/25"]}}]),
        {"near"},
    ),
    (
        "everything means pods of unknown address as well",
        ingress([{"ipBlock": {"cidr": "0.0.0.0/0"}}]),
        OTHERS - {"six"},
    ),
    (
        "but not with an exception",
        ingress([{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["192.0.2.128/25"]}}]),
        {"near", "far"},
    ),
    ("IPv6", ingress([{"ipBlock": {"cidr": "2001:db8::/32"}}]), {"six"}),
    ("only egress limited: ingress is open", ingress([{"podSelector": {}}], policyTypes=["Egress"]), OTHERS),
    ("a policy of another namespace", policy({"podSelector": {}}, namespace="far"), OTHERS),
    ("a policy that selects another pod", policy({"podSelector": {"matchLabels": {"app": "web"}}}), OTHERS),
]


@pytest.mark.parametrize(("rule", "text", "expected"), PEERS, ids=[p[0] for p in PEERS])
def test_who_is_let_in(rule, text, expected):
    assert clients(text) == expected


ASKED = {(n, p) for n in (9, 80, 4999, 5000, 5432, 6000, 6001, 8080) for p in ("TCP", "UDP", "SCTP")}
PORTS = [
    ("no ports: all of all protocols", None, ASKED),
    ("a number, TCP unless it says otherwise", [{"port": 5432}], {(5432, "TCP")}),
    ("a protocol without a port: all of its ports", [{"protocol": "UDP"}], {a for a in ASKED if a[1] == "UDP"}),
    ("endPort", [{"port": 5000, "endPort": 6000}], {(5432, "TCP"), (5000, "TCP"), (6000, "TCP")}),
    ("a name means what the server calls so", [{"port": "http"}], {(8080, "TCP")}),
    ("a name of the other protocol", [{"port": "http", "protocol": "UDP"}], set()),
    ("a name that it does not have", [{"port": "alt"}], set()),
    ("several", [{"port": 5432}, {"port": 9, "protocol": "SCTP"}], {(5432, "TCP"), (9, "SCTP")}),
]


@pytest.mark.parametrize(("rule", "ports", "expected"), PORTS, ids=[p[0] for p in PORTS])
def test_which_ports_are_open(rule, ports, expected):
    assert {(n, p) for n, p in ASKED if clients(ingress([{"podSelector": {}}], ports), n, p)} == expected


def test_the_name_of_a_port_is_looked_up_at_the_destination():
    text = policy({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": "http"}]}]})
    policies = NetworkPolicies(ENDS, [text])

    assert policies.egress_allows(BARE, WEB, 80)
    assert policies.egress_allows(BARE, DB, 8080)
    assert not policies.egress_allows(BARE, DB, 80)
    assert not policies.egress_allows(BARE, NEAR_NET, 80)


@pytest.mark.parametrize(
    ("spec", "out", "into"),
    [
        ({}, True, False),
        ({"egress": []}, True, False),
        ({"egress": [{"ports": [{"port": 1}]}]}, False, False),
        ({"policyTypes": []}, True, False),
        ({"policyTypes": ["Egress"]}, False, True),
        ({"policyTypes": ["Ingress", "Egress"]}, False, False),
    ],
)
def test_omitted_policy_types_are_ingress_and_egress_only_if_there_are_rules(spec, out, into):
    policies = NetworkPolicies(ENDS, [policy({"podSelector": {}, **spec})])

    assert policies.egress_allows(WEB, FAR, 80) is out
    assert policies.ingress_allows(FAR, WEB, 80) is into


def test_policies_add_up_and_both_halves_are_needed():
    deny = policy({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})
    let_in = ingress([{"podSelector": {"matchLabels": {"app": "web"}}}], [{"port": 5432}])
    let_out = policy(
        {
            "podSelector": {"matchLabels": {"app": "web"}},
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"podSelector": {"matchLabels": {"app": "db"}}}]}],
        }
    )

    assert not NetworkPolicies(ENDS, [deny, let_in]).allows(WEB, DB, 5432)
    assert not NetworkPolicies(ENDS, [deny, let_out]).allows(WEB, DB, 5432)
    both = NetworkPolicies(ENDS, [deny, let_in, let_out])
    assert both.allows(WEB, DB, 5432)
    assert not both.allows(WEB, DB, 80)
    assert not both.allows(BARE, DB, 5432)


def test_a_pod_always_reaches_itself():
    deny = policy({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})

    assert NetworkPolicies(ENDS, [deny]).allows(DB, DB, 5432)


def test_pods_in_the_network_of_their_node_are_not_seen():
    assert clients(policy({"podSelector": {}}), 80, server=HOST) == EVERYONE - {"host"}


def test_without_policies_everything_is_open():
    assert NetworkPolicies(ENDS, []).allows(NEAR_NET, DB, 1, "SCTP")


def test_an_ipblock_lets_pods_in_but_not_surely():
    policies = NetworkPolicies(
        ENDS, [ingress([{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"podSelector": {"matchLabels": {"app": "web"}}}])]
    )

    surely = policies.ingress(DB, 5432, surely=True)

    assert {e.name for e in ENDS.listed(surely)} == {"web", "far", "near", "bad"}


def test_an_unknown_operator_is_refused():
    text = ingress([{"podSelector": {"matchExpressions": [{"key": "a", "operator": "Is", "values": ["b"]}]}}])

    with pytest.raises(ValueError, match="operator must be In, NotIn, Exists or DoesNotExist, got 'Is'"):
        clients(text)
