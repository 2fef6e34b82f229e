"""The random policies: the same for the same seed, and everything that the API allows is among them."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

from .misreadings import MISREADINGS
from .policies import PolicySet, random_set, random_sets
from .walk import peers, ports, rules, selectors

sets = functools.cache(random_sets)


def test_a_seed_always_gives_the_same_set() -> None:
    assert random_set(7) == random_set(7) != random_set(8)


def test_every_set_has_the_size_that_was_asked_for() -> None:
    for each in sets():
        assert 2 <= len(each.world.namespaces) <= 4
        assert 4 <= len(each.world.pods) <= 8
        assert 1 <= len(each.policies) <= 8
        assert len({pod.ip for pod in each.world.pods}) == len(each.world.pods)


def test_everything_that_the_api_allows_is_in_ten_sets_at_least() -> None:
    seen = Counter(shape for each in sets() for shape in set(_shapes(each)))

    wanted = [f"{field} {how}" for field in ("policyTypes", "ingress", "egress", "from", "to", "ports", "except")
              for how in ("missing", "empty", "null", "given")]  # fmt: skip
    wanted += ["Ingress", "Egress", "Ingress and Egress", "Egress without ingress, but with its rules"]
    wanted += ["podSelector", "namespaceSelector", "namespaceSelector and podSelector", "ipBlock"]
    wanted += ["empty podSelector", "empty namespaceSelector", "a pod's address", "a pod's address, excepted"]
    wanted += ["In", "NotIn", "Exists", "DoesNotExist", "NotIn of what nobody has", "an empty label"]
    wanted += ["a namespace by its name", "bits behind the prefix", "IPv6", "TCP", "UDP", "SCTP", "no protocol"]
    wanted += ["port", "endPort", "no port", "a name", "a name that nobody has", "a name with several numbers"]
    assert {shape: seen[shape] for shape in wanted if seen[shape] < 10} == {}


def test_every_block_is_one_that_the_api_takes() -> None:
    for block in (
        peer["ipBlock"] for each in sets() for spec in _specs(each) for peer in peers(spec) if "ipBlock" in peer
    ):
        outer = ip_network(block["cidr"], strict=False)
        for inner in block.get("except") or []:
            assert ip_network(inner).subnet_of(outer) and ip_network(inner) != outer


def test_a_wrong_reading_leaves_the_set_itself_alone() -> None:
    for misread in MISREADINGS.values():
        for seed in range(5):
            each = random_set(seed)
            misread(each)
            assert each == random_set(seed)


def _specs(each: PolicySet) -> Iterator[dict[str, Any]]:
    return (policy["spec"] for policy in each.policies)


def _how(part: dict[str, Any], field: str) -> str:
    if field not in part:
        return f"{field} missing"
    return f"{field} {'given' if part[field] else 'empty' if part[field] == [] else 'null'}"


def _shapes(each: PolicySet) -> Iterator[str]:
    numbers = Counter(name for name, _ in {(p.name, p.number) for pod in each.world.pods for p in pod.ports})
    for spec in _specs(each):
        yield from (_how(spec, field) for field in ("policyTypes", "ingress", "egress"))
        yield " and ".join(spec.get("policyTypes") or ())
        if spec.get("policyTypes") == ["Egress"] and spec.get("ingress"):
            yield "Egress without ingress, but with its rules"
        for side, rule in rules(spec):
            yield from (_how(rule, side), _how(rule, "ports"))
        for peer in peers(spec):
            yield " and ".join(peer)
            yield from (f"empty {key}" for key in peer if not any(peer[key].values()))
            if "ipBlock" in peer:
                yield from _block_shapes(each, peer["ipBlock"])
            elif "kubernetes.io/metadata.name" in str(peer.get("namespaceSelector")):
                yield "a namespace by its name"
        for selector in selectors(spec):
            if "" in (selector.get("matchLabels") or {}).values():
                yield "an empty label"
            for expression in selector.get("matchExpressions") or ():
                yield expression["operator"]
                if expression["key"] == "nobody":
                    yield f"{expression['operator']} of what nobody has"
        for port in ports(spec):
            yield port.get("protocol", "no protocol")
            yield "endPort" if "endPort" in port else "port" if "port" in port else "no port"
            if isinstance(name := port.get("port"), str):
                yield from ("a name", "a name that nobody has" if name == "nobody" else "")
                yield "a name with several numbers" if numbers[name] > 1 else ""


def _block_shapes(each: PolicySet, block: dict[str, Any]) -> Iterator[str]:
    yield _how(block, "except")
    network = ip_network(block["cidr"], strict=False)
    yield f"IPv{network.version}"
    if str(network) != block["cidr"]:
        yield "bits behind the prefix"
    for address in (ip_address(pod.ip) for pod in each.world.pods):
        if address in network:
            yield "a pod's address"
            if any(address in ip_network(inner) for inner in block.get("except") or ()):
                yield "a pod's address, excepted"
