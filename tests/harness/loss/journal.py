"""What the writer logged, and figures from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

SECOND = 1_000_000_000


@dataclass(frozen=True)
class Line:
    """One line of the writer's log; times in nanoseconds."""

    word: str
    id: str
    began: int
    at: int
    why: str


@dataclass(frozen=True)
class Figures:
    """How writing went for a while; seconds."""

    acknowledged: int
    repeated: int
    failed: int
    seconds: float
    longest_stall: float
    """Longest time in which nothing was acknowledged."""

    p99: float
    """Of records that were acknowledged, from their first attempt."""

    why: tuple[str, ...]
    """Why attempts failed; each reason once."""

    @property
    def rate(self) -> float:
        """Acknowledged records a second."""
        return self.acknowledged / self.seconds


def read(log: Path) -> list[Line]:
    """All whole lines."""
    text = log.read_text()
    whole = text[: text.rfind("\n") + 1]
    return [_line(each) for each in whole.splitlines()]


def _line(text: str) -> Line:
    word, id, began, at, why = text.split(" ", 4)
    return Line(word, id, int(began), int(at), json.loads(why))


def acknowledged(lines: Iterable[Line]) -> set[str]:
    """The ids that must be there."""
    return {line.id for line in lines if line.word == "acknowledged"}


def figures(lines: Sequence[Line], since: int, until: int) -> Figures:
    """Of what was logged between two moments (nanoseconds since 1970)."""
    within = [line for line in lines if since <= line.at <= until]
    acks = sorted(line.at for line in within if line.word == "acknowledged")
    moments = [since, *acks, until]
    took = sorted(line.at - line.began for line in within if line.word == "acknowledged")
    return Figures(
        acknowledged=len(acks),
        repeated=sum(line.word == "repeated" for line in within),
        failed=sum(line.word == "failed" for line in within),
        seconds=(until - since) / SECOND,
        longest_stall=max(b - a for a, b in pairwise(moments)) / SECOND,
        p99=took[len(took) * 99 // 100] / SECOND if took else 0,
        why=tuple(sorted({line.why for line in within if line.why})),
    )
