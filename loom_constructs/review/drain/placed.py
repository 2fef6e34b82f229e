"""How many pods of a group may lie on one node or in one zone: what the scheduler is forced to, not what it prefers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..selector import matches
from .group import Group

ZONE, NODE = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


def on_a_node(group: Group, all: Iterable[Group], *, nodes: int, zones: int) -> int:
    """The most on one node; a node lies in a zone."""
    every = list(all)
    return min(_most(group, every, NODE, nodes), _most(group, every, ZONE, zones))


def in_a_zone(group: Group, all: Iterable[Group], *, zones: int) -> int:
    """The most in one zone."""
    return _most(group, list(all), ZONE, zones)


def _most(group: Group, all: list[Group], key: str, domains: int) -> int:
    apart = ((group.spec.get("affinity") or {}).get("podAntiAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    ) or ()
    if any(t.get("topologyKey") == key and _selects(t, group) for t in apart):
        return min(1, group.number)
    most = group.number
    for constraint in group.spec.get("topologySpreadConstraints") or ():
        forced = constraint.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule"
        if not forced or constraint.get("topologyKey") != key or not _selects(constraint, group):
            continue
        skew = int(constraint["maxSkew"])
        counted = sum(g.number for g in all if g.key.namespace == group.key.namespace and _selects(constraint, g))
        # the others have at least this one's number less the skew
        most = min(most, (counted + (domains - 1) * skew) // domains)
        if (constraint.get("minDomains") or 0) > domains:
            most = min(most, skew)
    return most


def _selects(term: Mapping[str, Any], group: Group) -> bool:
    selector = term.get("labelSelector")
    return selector is not None and matches(selector, group.labels)
