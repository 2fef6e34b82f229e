"""Random namespaces, pods and addresses, before anybody makes policies for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

NAMESPACES = [f"random-policies-{letter}" for letter in "abcd"]
NAMESPACE_LABELS = {"team": ["red", "blue", "green"], "stage": ["live", "test"]}
POD_LABELS = {"app": ["web", "db", ""], "tier": ["front", "back"], "example.org/owner": ["red", "blue"]}
PROTOCOLS = ["TCP", "UDP", "SCTP"]
NUMBERS = [53, 80, 443, 5432, 8080, 8081]
# few names for many ports, so one name is another number on the next pod
NAMES = ["web", "dns", "metrics"]
# documentation's networks, a private one, the metadata service, a neighbour of the pods that is none of them
OUTSIDE = ["203.0.113.7", "203.0.113.130", "198.51.100.20", "10.9.8.7", "169.254.169.254", "10.244.0.40"]
OUTSIDE_6 = ["2001:db8::1", "2001:db8:1::1", "fd00::1"]


@dataclass(frozen=True)
class Port:
    """A port that a container declares."""

    number: int
    protocol: str = "TCP"
    name: str | None = None


@dataclass(frozen=True)
class Pod:
    namespace: str
    name: str
    labels: Mapping[str, str]
    ip: str
    ports: tuple[Port, ...]


@dataclass(frozen=True)
class World:
    """Who is there.

    Args:
        namespaces: Their labels, with the one that the API server adds.
        addresses: Outside the cluster.
    """

    namespaces: Mapping[str, Mapping[str, str]]
    pods: tuple[Pod, ...]
    addresses: tuple[str, ...]


def random_world(random: Random, protocols: list[str] | None = None) -> World:
    """Two to four namespaces, four to eight pods, some addresses."""
    names = NAMESPACES[: random.randint(2, 4)]
    namespaces = {n: {**_labels(random, NAMESPACE_LABELS), "kubernetes.io/metadata.name": n} for n in names}
    ips = random.sample([f"10.244.{third}.{last}" for third in (0, 1) for last in range(2, 34)], 8)
    pods = tuple(
        Pod(random.choice(names), f"pod-{i}", _labels(random, POD_LABELS), ips[i], _ports(random, protocols))
        for i in range(random.randint(4, 8))
    )
    addresses = [*random.sample(OUTSIDE, 4), random.choice(OUTSIDE_6)]
    return World(namespaces, pods, tuple(addresses))


def _labels(random: Random, known: Mapping[str, list[str]]) -> dict[str, str]:
    return {key: random.choice(values) for key, values in known.items() if random.random() < 0.7}


def _ports(random: Random, protocols: list[str] | None) -> tuple[Port, ...]:
    protocols = protocols or [*PROTOCOLS, "TCP", "TCP"]
    declared = {(random.choice(NUMBERS), random.choice(protocols)) for _ in range(random.randint(1, 4))}
    names = random.sample([*NAMES, None, None], len(declared))
    return tuple(Port(number, protocol, name) for (number, protocol), name in zip(sorted(declared), names, strict=True))
