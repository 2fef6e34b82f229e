"""The parts of a NetworkPolicy's spec, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Part = dict[str, Any]


def rules(spec: Part) -> Iterator[tuple[str, Part]]:
    """Each rule, with the name of the field that holds its peers."""
    for way, side in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(way) or []:
            yield side, rule


def peers(spec: Part) -> Iterator[Part]:
    """Each entry of `from` and `to`."""
    for side, rule in rules(spec):
        yield from rule.get(side) or []


def ports(spec: Part) -> Iterator[Part]:
    """Each entry of `ports`."""
    for _, rule in rules(spec):
        yield from rule.get("ports") or []


def selectors(spec: Part) -> Iterator[Part]:
    """Each selector, of pods and of namespaces."""
    yield spec["podSelector"]
    for peer in peers(spec):
        yield from (peer[key] for key in ("podSelector", "namespaceSelector") if key in peer)
