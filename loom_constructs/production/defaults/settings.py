"""What is added to workloads, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .finding import Allow, Effect
from .pods import Pods
from .world import World


@dataclass(frozen=True)
class Settings:
    """The effects that are on, in the order in which they work.

    Args:
        budgets: Whether disruption budgets are added.
        accounts: Whether ServiceAccounts are.
        allow: By workload, what is not found fault with.
    """

    effects: tuple[Effect, ...]
    budgets: bool
    accounts: bool
    allow: Mapping[str, frozenset[Allow]]

    def finish(self, pods: Pods, world: World) -> list[str]:
        """Adds everything to a rendered workload; returns what its author must say."""
        allowed = self.allow.get(pods.name, frozenset())
        found = [finding for effect in self.effects for finding in effect(pods, world)]
        return [f.said_of(pods) for f in found if f.about is None or f.about not in allowed]
