"""An object that is in both sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ends import Object
from ..manifests import TEMPLATES
from .defaults import normal
from .difference import Difference, differences
from .key import BUILTIN, Key
from .sets import Sets


class Pair:
    """What an object is and what it becomes.

    Rules take the differences that they explain; what is left is for the next one.

    Args:
        key: How it is called in NEW.

    Attributes:
        written: Both objects as they were read.
        old, new: Both in their normal form.
        left: What no rule has taken yet.
    """

    def __init__(self, key: Key, old: Object, new: Object, sets: Sets) -> None:
        self.key, self.sets, self.written = key, sets, (old, new)
        self.old: dict[str, Any] = normal(old)
        self.new: dict[str, Any] = normal(new)
        self.left: list[Difference] = list(differences(self.old, self.new))

    @property
    def builtin(self) -> bool:
        """Whether it is one of Kubernetes' own kinds."""
        return self.key.group in BUILTIN

    @property
    def template(self) -> tuple[str, ...]:
        """Where its pod template is."""
        return TEMPLATES.get(self.key.kind, ()) if self.builtin else ()

    @property
    def specs(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Both specs."""
        return self.old.get("spec") or {}, self.new.get("spec") or {}

    def take(self, *path: str) -> list[Difference]:
        """Takes the differences at and below a path."""
        return self.take_where(lambda d: d.under(*path))

    def take_where(self, chosen: Callable[[Difference], bool]) -> list[Difference]:
        """Takes the differences that are chosen."""
        taken = [d for d in self.left if chosen(d)]
        self.left = [d for d in self.left if not chosen(d)]
        return taken

    def take_of_containers(self, *path: str) -> list[Difference]:
        """Takes differences at and below a path of any container, such as `image`."""
        start = (*self.template, "spec")
        depth = len(start) + 2

        def chosen(difference: Difference) -> bool:
            kind = difference.path[len(start) : len(start) + 1]
            return (
                bool(self.template)
                and difference.under(*start)
                and kind in (("containers",), ("initContainers",))
                and difference.path[depth : depth + len(path)] == path
            )

        return self.take_where(chosen)
