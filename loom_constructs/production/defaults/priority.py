"""Effect: who is evicted first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .finding import Finding
from .pods import Pods
from .world import World


@dataclass(frozen=True)
class Prefer:
    """A PriorityClass for pods that name none.

    Args:
        priority_class: It must be in the cluster, or no pod starts.
    """

    priority_class: str

    def __call__(self, pods: Pods, world: World) -> Iterator[Finding]:
        """Adds the class."""
        yield from ()
        pods.pod.setdefault("priorityClassName", self.priority_class)
