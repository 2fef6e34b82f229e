"""Where two objects differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .quantity import quantity

MISSING: Any = None
"""In a difference: a field that is not there; a null says the same."""

KEYS = ("mountPath", "devicePath", "name", "containerPort", "port", "ip")
"""By what the items of a list are told apart."""

AMOUNTS = frozenset(("requests", "limits", "capacity", "sizeLimit", "hard", "storage"))
"""Fields that hold amounts, so `1` and `1000m` are the same."""

NOTES = (("labels",), ("annotations",), ("data",), ("binaryData",))
"""Fields of which each entry counts, also where there was none."""


class Difference(NamedTuple):
    """A field with two values."""

    path: tuple[str, ...]
    old: Any
    new: Any

    def under(self, *path: str) -> bool:
        """Whether it is this field, or within it."""
        return self.path[: len(path)] == path

    @property
    def field(self) -> str:
        """`spec.template.spec.containers[web].image`."""
        return written(self.path)


def written(path: Sequence[str]) -> str:
    """A path in words; names of items of lists come in brackets already."""
    return "".join(p if p.startswith("[") or not i else f".{p}" for i, p in enumerate(path))


def differences(old: Any, new: Any, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    """The innermost fields that differ; a whole that is only on one side is one difference."""
    if path[-1:] in NOTES:
        old, new = old or {}, new or {}
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*old, *(k for k in new if k not in old)]:
            yield from differences(old.get(key), new.get(key), (*path, str(key)))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(old, new, path)
    elif not _same(old, new, path):
        yield Difference(path, old, new)


def _of_lists(old: list[Any], new: list[Any], path: tuple[str, ...]) -> Iterator[Difference]:
    ours, theirs = _by_key(old, new)
    if ours is None or theirs is None:
        if len(old) == len(new) and all(isinstance(i, Mapping) for i in [*old, *new]):
            for number, (one, other) in enumerate(zip(old, new, strict=True)):
                yield from differences(one, other, (*path, f"[{number}]"))
        elif old != new:
            yield Difference(path, old, new)
        return
    for key in [*ours, *(k for k in theirs if k not in ours)]:
        yield from differences(ours.get(key), theirs.get(key), (*path, f"[{key}]"))
    before, after = [k for k in ours if k in theirs], [k for k in theirs if k in ours]
    if before != after:
        yield Difference((*path, "(order)"), before, after)


def _by_key(old: list[Any], new: list[Any]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Both lists by the first key that tells all their items apart."""
    for key in KEYS:
        found = [_keyed(items, key) for items in (old, new)]
        if None not in found:
            return found[0], found[1]
    return None, None


def _keyed(items: list[Any], key: str) -> dict[str, Any] | None:
    if not all(isinstance(i, Mapping) for i in items):
        return None
    names = [i.get(key) or (i.get("metadata") or {}).get(key) for i in items]
    if None in names or len(set(map(str, names))) < len(names):
        return None
    return {str(n): i for n, i in zip(names, items, strict=True)}


def _same(old: Any, new: Any, path: tuple[str, ...]) -> bool:
    if old == new and isinstance(old, bool) == isinstance(new, bool):
        return True
    if AMOUNTS.intersection(path):
        amounts = quantity(old), quantity(new)
        return None not in amounts and amounts[0] == amounts[1]
    return False
