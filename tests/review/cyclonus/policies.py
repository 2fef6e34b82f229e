"""Random NetworkPolicies over everything that the API allows, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from random import Random
from typing import Any

from .world import NAMES, NAMESPACE_LABELS, NUMBERS, OUTSIDE_6, POD_LABELS, PROTOCOLS, World, random_world

SETS = 200


@dataclass(frozen=True)
class PolicySet:
    """Policies, and those whom they are about.

    Args:
        ports: What is asked about, as number and protocol.
    """

    seed: int
    world: World
    policies: list[dict[str, Any]]
    ports: list[tuple[int, str]]


def random_sets(count: int = SETS) -> list[PolicySet]:
    """The sets of the seeds 0, 1, 2, ..."""
    return [random_set(seed) for seed in range(count)]


def random_set(seed: int, world: World | None = None) -> PolicySet:
    """One set, for this world or a random one."""
    random = Random(seed)
    world = world or random_world(random)
    policies = [_policy(random, world, f"policy-{i}") for i in range(random.randint(1, 8))]
    return PolicySet(seed, world, policies, _ports_to_ask(world, policies))


def _ports_to_ask(world: World, policies: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """Every number that is declared or that a rule names, those beside the ends of ranges, and one nobody mentions."""
    numbers = {port.number for pod in world.pods for port in pod.ports} | {7}
    for policy in policies:
        spec = policy["spec"]
        for rule in [*(spec.get("ingress") or []), *(spec.get("egress") or [])]:
            for port in rule.get("ports") or []:
                if isinstance(first := port.get("port"), int):
                    last = port.get("endPort", first)
                    numbers |= {first - 1, first, last, last + 1} if "endPort" in port else {first}
    return [(number, protocol) for number in sorted(numbers) if 0 < number < 65536 for protocol in PROTOCOLS]


def _policy(random: Random, world: World, name: str) -> dict[str, Any]:
    # where pods are, else most policies would be about nobody
    namespace = random.choice([pod.namespace for pod in world.pods])
    spec: dict[str, Any] = {"podSelector": _selector(random, POD_LABELS, wide=0.4)}
    spec |= _field(random, "policyTypes", random.choice([["Ingress"], ["Egress"], ["Ingress", "Egress"]]), left_out=0.4)
    for way, side in (("ingress", "from"), ("egress", "to")):
        rules = [_rule(random, world, side) for _ in range(random.randint(1, 3))]
        spec |= _field(random, way, rules, left_out=0.3)
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def _field(random: Random, name: str, value: Any, left_out: float) -> dict[str, Any]:
    """The field; or one of the three ways to leave it out, which should be one and the same to every reader."""
    if random.random() >= left_out:
        return {name: value}
    return random.choice([{}, {}, {name: []}, {name: None}])


def _rule(random: Random, world: World, side: str) -> dict[str, Any]:
    peers = [_peer(random, world) for _ in range(random.randint(1, 3))]
    ports = [_port(random) for _ in range(random.randint(1, 3))]
    return {**_field(random, side, peers, left_out=0.15), **_field(random, "ports", ports, left_out=0.3)}


def _peer(random: Random, world: World) -> dict[str, Any]:
    shape = random.choice(["ipBlock", "podSelector", "namespaceSelector", "both", "both"])
    if shape == "ipBlock":
        return {"ipBlock": _block(random, world)}
    peer = {}
    if shape != "podSelector":
        own = {**NAMESPACE_LABELS, "kubernetes.io/metadata.name": list(world.namespaces)}
        peer["namespaceSelector"] = _selector(random, own, wide=0.2)
    if shape != "namespaceSelector":
        peer["podSelector"] = _selector(random, POD_LABELS, wide=0.2)
    return peer


def _selector(random: Random, known: Mapping[str, list[str]], wide: float) -> dict[str, Any]:
    if random.random() < wide:
        return random.choice([{}, {}, {"matchLabels": {}}, {"matchLabels": None, "matchExpressions": []}])
    selector: dict[str, Any] = {}
    kind = random.choice(["labels", "labels", "expressions", "both"])
    if kind != "expressions":
        key = random.choice(list(known))
        selector["matchLabels"] = {key: random.choice(known[key])}
    if kind != "labels":
        selector["matchExpressions"] = [_expression(random, known) for _ in range(random.choice([1, 1, 2]))]
    return selector


def _expression(random: Random, known: Mapping[str, list[str]]) -> dict[str, Any]:
    # nobody has this key, or this value
    key = random.choice([*known, *known, "nobody"])
    operator = random.choice(["In", "NotIn", "Exists", "DoesNotExist"])
    if operator in ("Exists", "DoesNotExist"):
        return {"key": key, "operator": operator}
    values = [*known.get(key, []), "nobody", "no-other"]
    return {"key": key, "operator": operator, "values": random.sample(values, random.randint(1, 2))}


def _block(random: Random, world: World) -> dict[str, Any]:
    fours = [pod.ip for pod in world.pods] * 2 + [a for a in world.addresses if ip_address(a).version == 4]
    inside, longest = random.choice(fours), 32
    lengths = [0, 0, 8, 16, 24, 28, 29, 30, 31, 32]
    if random.random() < 0.1:
        inside, longest, lengths = random.choice(OUTSIDE_6), 128, [0, 16, 32, 48, 128]
    length = random.choice(lengths)
    # the API takes an address with bits behind the prefix too
    cidr = f"{inside}/{length}" if random.random() < 0.1 else str(ip_network(f"{inside}/{length}", strict=False))
    block = {"cidr": cidr}
    if length < longest:
        excepted = [_within(random, world, cidr) for _ in range(random.randint(1, 2))]
        block |= _field(random, "except", excepted, left_out=0.5)
    return block


def _within(random: Random, world: World, cidr: str) -> str:
    """A smaller network in this one, if possible around somebody."""
    outer = ip_network(cidr, strict=False)
    there = [pod.ip for pod in world.pods] + list(world.addresses)
    there = [a for a in there if ip_address(a) in outer] or [str(outer.network_address)]
    length = random.randint(outer.prefixlen + 1, outer.max_prefixlen)
    return str(ip_network(f"{random.choice(there)}/{length}", strict=False))


def _port(random: Random) -> dict[str, Any]:
    port: dict[str, Any] = {}
    if random.random() < 0.6:
        port["protocol"] = random.choice([*PROTOCOLS, "TCP"])
    shape = random.choice(["number", "number", "name", "range", "protocol"])
    if shape == "number":
        port["port"] = random.choice(NUMBERS)
    elif shape == "name":
        port["port"] = random.choice([*NAMES, *NAMES, "nobody"])
    elif shape == "range":
        port["port"] = random.choice(NUMBERS)
        port["endPort"] = random.choice([n for n in [*NUMBERS, port["port"] + 100, 65535] if n >= port["port"]])
    return port
