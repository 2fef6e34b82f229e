"""Disruption budgets: how many pods may go at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from ..ends import Object
from ..manifests import group_of
from ..selector import matches
from ..upgrade.key import Key, key_of
from .group import ENDING, Group


@dataclass(frozen=True)
class Budget:
    """A disruption budget."""

    key: Key
    spec: Object

    def covers(self, group: Group) -> bool:
        """Whether it counts these pods; without a selector it counts none."""
        selector = self.spec.get("selector")
        return selector is not None and group.key.namespace == self.key.namespace and matches(selector, group.labels)

    def allows(self, covered: Iterable[Group]) -> int:
        """How many may be gone at a time, of all that it counts and that are healthy."""
        pods = list(covered)
        total = sum(g.number for g in pods)
        least, most = self.spec.get("minAvailable"), self.spec.get("maxUnavailable")
        if isinstance(least, int):
            return max(0, total - least)
        if any(g.key.kind in ENDING for g in pods):
            return 0  # a Job cannot say how many pods it should have, so the controller allows none
        if least is not None:
            return max(0, total - _share(least, total))
        # with neither nothing is expected, and nothing allowed
        return 0 if most is None else min(total, _share(most, total))

    @property
    def holds_broken(self) -> bool:
        """Whether pods that are not ready may only go while enough others are."""
        return self.spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow"


def budgets(objects: Iterable[Object]) -> list[Budget]:
    """All budgets."""
    return [
        Budget(key_of(o), o["spec"])
        for o in objects
        if (group_of(o), o["kind"]) == ("policy", "PodDisruptionBudget") and o.get("spec")
    ]


def _share(said: int | str, total: int) -> int:
    """A number, or a percentage, which is rounded up in both fields."""
    return said if isinstance(said, int) else ceil(total * int(said.rstrip("%")) / 100)
