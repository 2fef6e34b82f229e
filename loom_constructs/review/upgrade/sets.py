"""The two sets of manifests, and questions about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from ..ends import Object
from .key import Key, key_of
from .match import generated
from .pods import Reference, references_of, template_of


class Sets:
    """What runs and what is to be applied, by key.

    Args:
        successors: Objects of OLD whose names follow from their content, and what they are called in NEW.
    """

    def __init__(self, old: Iterable[Object], new: Iterable[Object]) -> None:
        self.old: dict[Key, Object] = {key_of(o): o for o in old}
        self.new: dict[Key, Object] = {key_of(o): o for o in new}
        gone = {k: o for k, o in self.old.items() if k not in self.new}
        come = {k: o for k, o in self.new.items() if k not in self.old}
        self.successors: dict[Key, Key] = dict(generated(gone, come))

    @cached_property
    def _readers(self) -> dict[tuple[str, str, str], list[tuple[Key, Reference]]]:
        found: dict[tuple[str, str, str], list[tuple[Key, Reference]]] = {}
        for key, item in self.new.items():
            for reference in references_of(item):
                found.setdefault((reference.kind, key.namespace, reference.name), []).append((key, reference))
        return found

    def readers(self, key: Key) -> list[tuple[Key, Reference]]:
        """Who reads a ConfigMap or Secret in NEW."""
        return self._readers.get((key.kind, key.namespace, key.name), [])

    def restarts(self, key: Key) -> bool:
        """Whether the pods of this object are made anew by the upgrade."""
        if key not in self.old or key not in self.new:
            return True
        return template_of(self.old[key]) != template_of(self.new[key])

    def namesakes(self, key: Key) -> Iterator[Key]:
        """Objects only in NEW that could be this one under another kind, group or namespace."""
        for other in self.new:
            if other not in self.old and other.name == key.name and other != key:
                yield other

    def expands(self, storage_class: str | None) -> bool | None:
        """Whether volumes of a class can grow; None if neither set says."""
        for key, item in [*self.new.items(), *self.old.items()]:
            if key.kind == "StorageClass" and key.name == storage_class:
                return bool(item.get("allowVolumeExpansion"))
        return None
