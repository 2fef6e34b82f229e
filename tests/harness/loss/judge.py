"""Compares what was acknowledged with what is there. It shares no code with the writer, only the log's format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .journal import Line


@dataclass(frozen=True)
class Verdict:
    """What a store has of what was written to it."""

    acknowledged: int
    lost: tuple[str, ...]
    """Acknowledged, and not there."""

    twice: tuple[str, ...]
    """There more than once."""

    foreign: tuple[str, ...]
    """There, and never sent."""

    unacknowledged: int
    """Sent, there, and given up by the writer: allowed."""

    def __str__(self) -> str:
        found = {"lost": self.lost, "twice": self.twice, "foreign": self.foreign}
        bad = "; ".join(f"{len(ids)} {word}, such as {ids[0]}" for word, ids in found.items() if ids)
        return f"{self.acknowledged} acknowledged: {bad or 'all there, each once, and nothing else'}"

    @property
    def clean(self) -> bool:
        """Whether everything acknowledged is there, once, and nothing else."""
        return not (self.lost or self.twice or self.foreign)


def judge(log: Sequence[Line], found: Iterable[str]) -> Verdict:
    """The verdict on one store, from the whole log of a writer that has ended and all ids of the store."""
    there = Counter(found)
    acknowledged = {line.id for line in log if line.word == "acknowledged"}
    given_up = {line.id for line in log if line.word == "failed"}
    return Verdict(
        acknowledged=len(acknowledged),
        lost=tuple(sorted(acknowledged - there.keys())),
        twice=tuple(sorted(id for id, times in there.items() if times > 1)),
        foreign=tuple(sorted(there.keys() - acknowledged - given_up)),
        unacknowledged=len(there.keys() & given_up),
    )
