"""One NetworkPolicy and its rules, with their selectors resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .ends import Object, Pod
from .numbered import Ends


@dataclass(frozen=True)
class PortRange:
    """One entry of a rule's `ports`; without number and name, every port of the protocol."""

    protocol: str
    first: int | None = None
    last: int | None = None
    name: str = ""

    @classmethod
    def of(cls, entry: Object) -> PortRange:
        """From the object's text."""
        protocol, port = entry.get("protocol") or "TCP", entry.get("port")
        if port is None:
            return cls(protocol, 1, 65535)
        if isinstance(port, str):
            return cls(protocol, name=port)
        return cls(protocol, port, entry.get("endPort") or port)

    def covers(self, number: int, protocol: str) -> bool:
        """Whether a number is in it; names are resolved by who knows the pod."""
        return (
            self.protocol == protocol
            and self.first is not None
            and self.last is not None
            and self.first <= number <= self.last
        )


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule of a policy, in one direction.

    Args:
        direction: `ingress` or `egress`.
        number: Which rule of the policy it is, from 0.
        peers: Whom its `from` or `to` means.
        surely: Those of them whom it means with every network plugin: an ipBlock is for addresses outside the
            cluster, and not all plugins apply one to pods.
        ports: What its `ports` mean; None for all ports of all protocols.
    """

    policy: Policy
    direction: str
    number: int
    peers: int
    surely: int
    ports: tuple[PortRange, ...] | None

    def __str__(self) -> str:
        return f"{self.policy}, {self.direction} rule {self.number + 1}"

    def egress_to(self, ends: Ends, number: int, protocol: str, surely: bool = False) -> int:
        """Whom it lets its pods reach at a port; a name means what it means at the server."""
        peers = self.surely if surely else self.peers
        if self.ports is None or any(p.covers(number, protocol) for p in self.ports):
            return peers
        at = 0
        for port in self.ports:
            if port.name and port.protocol == protocol:
                at |= ends.named(port.name, number, protocol)
        return peers & at

    def ingress_at(self, server: Pod, number: int, protocol: str) -> bool:
        """Whether it is about this port of the server."""
        return self.ports is None or any(
            p.covers(number, protocol)
            or (p.name and p.protocol == protocol and number in server.numbers(p.name, protocol))
            for p in self.ports
        )


class Policy:
    """One NetworkPolicy, its selectors resolved."""

    def __init__(self, ends: Ends, text: Object) -> None:
        self.text = text
        self.namespace = text["metadata"].get("namespace") or "default"
        self.name = text["metadata"]["name"]
        spec = text.get("spec") or {}
        self.subjects = ends.selected(spec.get("podSelector"), None, self.namespace)
        # the API's default: Ingress always, Egress if the policy has egress rules
        self.types = tuple(spec.get("policyTypes") or (("Ingress", "Egress") if spec.get("egress") else ("Ingress",)))
        self.ingress = self._rules(ends, "ingress", spec.get("ingress"), "from") if "Ingress" in self.types else ()
        self.egress = self._rules(ends, "egress", spec.get("egress"), "to") if "Egress" in self.types else ()

    def __str__(self) -> str:
        return f"NetworkPolicy {self.namespace}/{self.name}"

    def _rules(self, ends: Ends, direction: str, rules: Any, field: str) -> tuple[Rule, ...]:
        found = []
        for number, written in enumerate(rules or ()):
            rule = written or {}
            items = rule.get(field)
            peers = surely = ends.everyone if not items else 0  # missing and empty mean everyone
            for item in items or ():
                these = self.peers_of(ends, item)
                peers |= these
                surely |= these & ~ends.unplaced if item.get("ipBlock") is not None else these
            entries = rule.get("ports")
            ports = tuple(PortRange.of(e) for e in entries) if entries else None
            found.append(Rule(self, direction, number, peers, surely, ports))
        return tuple(found)

    def peers_of(self, ends: Ends, item: Object) -> int:
        """Whom one entry of `from` or `to` means."""
        if item.get("ipBlock") is not None:
            return ends.inside(item["ipBlock"]["cidr"], item["ipBlock"].get("except") or ())
        return ends.selected(item.get("podSelector"), item.get("namespaceSelector"), self.namespace)
