"""Who goes first where there is not room for all."""

from __future__ import annotations

from enum import StrEnum


class Priority(StrEnum):
    """A part of Loom, from what is missed first to what may wait."""

    DATA = "data"
    CONTROL = "control"
    AGENTS = "agents"

    def class_name(self, namespace: str) -> str:
        """Of its PriorityClass. That belongs to the whole cluster, so it is told apart by the namespace."""
        return f"{namespace}-{self.value}"
