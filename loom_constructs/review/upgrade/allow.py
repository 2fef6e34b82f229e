"""What may be re-created or lose its data, because somebody said so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .key import Key
from .verdict import Change


class Allowed:
    """Objects that are allowed by name.

    Args:
        names: `Kind/name`, or `Kind/namespace/name`.
        known: All objects of both sets.

    Raises:
        ValueError: A name is of none of them.
    """

    def __init__(self, names: Sequence[str], known: Iterable[Key]) -> None:
        self.names = names
        spellings = {s for k in known for s in (str(k), k.full)}
        for name in names:
            if name not in spellings:
                raise ValueError(f"--allow must name an object of OLD or NEW as Kind/name, got {name!r}")

    def __contains__(self, change: Change) -> bool:
        return change.verdict.stops and bool({str(change.key), change.key.full}.intersection(self.names))

    def idle(self, changes: Iterable[Change]) -> list[str]:
        """Names that allow nothing, so they can be left out."""
        used = {s for c in changes if c.verdict.stops for s in (str(c.key), c.key.full)}
        return [n for n in self.names if n not in used]
