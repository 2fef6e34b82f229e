"""Few addresses and ports that stand for all."""

import random
from ipaddress import ip_address, ip_network

import pytest

from loom_constructs.review.addresses import networks_in, representatives
from loom_constructs.review.ends import Pod, Port
from loom_constructs.review.expectation import Call
from loom_constructs.review.ports import universe


def test_there_is_one_address_for_each_part():
    found = representatives(["10.0.0.0/8", "10.1.0.0/16", "192.0.2.0/24"])

    assert found == ["0.0.0.0", "10.0.0.0", "10.1.0.0", "169.254.169.254", "192.0.2.0", "::"]


def test_every_address_is_treated_like_one_of_them():
    numbers = random.Random(7)
    networks = [
        str(ip_network((numbers.getrandbits(32) >> (32 - length) << (32 - length), length)))
        for length in (numbers.randint(1, 12) for _ in range(40))
    ]
    parsed = [ip_network(n) for n in networks]

    def treatment(address):
        return tuple(address in n for n in parsed)

    known = {treatment(ip_address(a)) for a in representatives(networks) if ":" not in a}
    for _ in range(2000):
        assert treatment(ip_address(numbers.getrandbits(32))) in known


def test_a_network_that_is_covered_has_none():
    assert "10.0.0.0" in (found := representatives(["10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9"]))
    assert len([a for a in found if a.startswith("10.")]) == 2


def test_networks_are_found_wherever_policies_name_them():
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "p"},
        "spec": {"egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}]}]},
    }
    authentication = {"kind": "NetworkAuthentication", "spec": {"networks": [{"cidr": "192.0.2.0/24"}]}}
    other = {"kind": "Other", "spec": {"cidr": "172.16.0.0/12"}}

    assert networks_in([policy, authentication, other]) == {"0.0.0.0/0", "10.0.0.0/8", "192.0.2.0/24"}


def test_what_is_no_network_is_refused():
    metadata = {"name": "n", "namespace": "shop"}
    wrong = {"kind": "NetworkAuthentication", "metadata": metadata, "spec": {"networks": [{"cidr": "x"}]}}

    with pytest.raises(
        ValueError, match="cidr in NetworkAuthentication shop/n must be a network such as 10.0.0.0/8, got 'x'"
    ):
        networks_in([wrong])


def policy(*ports):
    return {"spec": {"ingress": [{"ports": list(ports)}], "egress": [None]}}


def test_ports_are_those_that_anybody_mentions_and_one_that_nobody_does():
    pods = [Pod("a", "n", {}, (Port(80), Port(53, "UDP")))]
    calls = [Call("a", "b", 443)]

    found = universe([policy({"port": 8080}, {"port": "http"}, {"protocol": "UDP"})], pods, calls, [4143])

    assert [n for n, p in found if p == "TCP"] == [1, 80, 443, 4143, 8080]
    assert [n for n, p in found if p == "UDP"] == [1, 53]
    assert [n for n, p in found if p == "SCTP"] == [1]


def test_every_port_is_treated_like_one_of_them():
    ranges = [(100, 200), (150, 300), (1000, 65535), (170, 170)]
    entries = [{"port": a, "endPort": b} for a, b in ranges]

    numbers = {n for n, p in universe([policy(*entries)], [], []) if p == "TCP"}

    def treatment(number):
        return tuple(a <= number <= b for a, b in ranges)

    assert {treatment(n) for n in range(1, 65536)} == {treatment(n) for n in numbers}


def test_where_all_ports_are_named_one_of_them_stands_for_the_rest():
    assert (1, "TCP") in universe([policy({"port": 1, "endPort": 65535})], [], [])
