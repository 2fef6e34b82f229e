"""What is said about a difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from .difference import Difference
from .key import Key


class Verdict(IntEnum):
    """What a difference does, worst first."""

    LOSES = 0
    RECREATION = 1
    RESTARTS = 2
    SAFE = 3

    def __str__(self) -> str:
        return WORDS[self]

    @property
    def stops(self) -> bool:
        """Whether it must be allowed by name."""
        return self <= Verdict.RECREATION


WORDS = {
    Verdict.LOSES: "loses data",
    Verdict.RECREATION: "needs re-creation",
    Verdict.RESTARTS: "restarts pods",
    Verdict.SAFE: "safe",
}


@dataclass(frozen=True)
class Change:
    """One line of the answer.

    Args:
        what: What changed, in a few words.
        todo: What to do about it, as sentences; may be empty.
        differences: The fields it is about.
    """

    verdict: Verdict
    key: Key
    what: str
    todo: str = ""
    differences: Sequence[Difference] = ()
