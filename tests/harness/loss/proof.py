"""Faults under load: what was written meanwhile, what was lost, and how long nothing was acknowledged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests import kube

from . import data, journal, stores
from .journal import Figures
from .judge import Verdict, judge
from .writer import Writing, writing

STREAM = "LOSS"
POSTGRES, JETSTREAM = "PostgreSQL", "JetStream"
QUIET = 3
"""Seconds between two faults."""


@dataclass
class Side:
    """One of the two stores, and who writes to it."""

    name: str
    writing: Writing
    found: Callable[[], list[str]]

    def acknowledges_since(self, moment: int) -> bool:
        """Whether anything was acknowledged after that moment."""
        return any(e.at > moment and e.word == "acknowledged" for e in journal.read(self.writing.log))

    def lost(self) -> set[str]:
        """What was acknowledged so far and is not there."""
        # first the log, then the store: what comes in between is no loss
        promised = journal.acknowledged(journal.read(self.writing.log))
        return promised - set(self.found())


@dataclass(frozen=True)
class Row:
    """One fault, from before it until all was whole again."""

    fault: str
    began: int
    ended: int
    lost: dict[str, int]
    figures: dict[str, Figures]


@dataclass
class Load:
    """The writers, and what was seen so far."""

    sides: list[Side]
    since: int
    rows: list[Row] = field(default_factory=list)

    def under(self, fault: str, act: Callable[[], object], *about: str) -> Row:
        """Does something while all write.

        Args:
            about: Which stores it is about; without any, all.
        """
        time.sleep(QUIET)
        began = time.time_ns()
        act()
        sides = [side for side in self.sides if side.name in (about or [s.name for s in self.sides])]
        # pods that are ready again are not yet clients that are served again
        for side in sides:
            kube.until(f"{side.name} that acknowledges", partial(side.acknowledges_since, time.time_ns()), seconds=90)
        time.sleep(1)
        ended = time.time_ns()
        row = Row(
            fault,
            began,
            ended,
            {side.name: len(side.lost()) for side in sides},
            {side.name: journal.figures(journal.read(side.writing.log), began, ended) for side in sides},
        )
        self.rows.append(row)
        print(line(row))
        return row

    def quiet_rate(self, side: Side) -> float:
        """Acknowledged records a second outside of faults."""
        lines = journal.read(side.writing.log)
        faults = [(row.began, row.ended) for row in self.rows if side.name in row.figures]
        edges = [self.since, *(moment for pair in faults for moment in pair), time.time_ns()]
        spans = [journal.figures(lines, a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
        return sum(s.acknowledged for s in spans) / sum(s.seconds for s in spans)


@contextmanager
def load(program: Path, folder: Path, name: str, *options: str) -> Iterator[Load]:
    """Both writers write, into an empty table and an empty stream."""
    empty_table()
    stores.new_stream(data.nats_url(), STREAM, replicas=3)
    with ExitStack() as stack:
        into_table = stack.enter_context(
            writing(program, "postgres", folder / f"{name}-table.log", data.dsn(), *options)
        )
        into_stream = stack.enter_context(
            writing(program, "jetstream", folder / f"{name}-stream.log", stream_variables(STREAM))
        )
        sides = [
            Side(POSTGRES, into_table, lambda: stores.rows(data.NAMESPACE)),
            Side(JETSTREAM, into_stream, lambda: stores.messages(data.nats_url(), STREAM)),
        ]
        yield Load(sides, time.time_ns())


def verdicts(load: Load) -> dict[str, Verdict]:
    """The judge's word on both stores, once the writers have ended."""
    return {side.name: judge(journal.read(side.writing.log), side.found()) for side in load.sides}


def empty_table() -> None:
    """A table without rows, that belongs to the writer."""
    stores.sql(
        data.NAMESPACE,
        "SET client_min_messages = warning; CREATE SCHEMA IF NOT EXISTS loss AUTHORIZATION loom",
        "SET client_min_messages = warning; "
        "CREATE TABLE IF NOT EXISTS loss.writes (id text PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())",
        "ALTER TABLE loss.writes OWNER TO loom",
        "TRUNCATE loss.writes",
    )


def stream_variables(stream: str) -> dict[str, str]:
    """Where the writer publishes."""
    return {"NATS_URL": data.nats_url(), "SUBJECT": stream.lower()}


HEADER = f"{'':<38} | {'':<7} | {POSTGRES:^32} | {JETSTREAM:^32}\n" + " | ".join(
    [f"{'fault':<38}", f"{'takes':>7}", *["lost  failed  repeated     stall "] * 2]
)


def line(row: Row) -> str:
    """A row of the table."""
    cells = [f"{row.fault:<38}", f"{(row.ended - row.began) / journal.SECOND:5.0f} s"]
    for name in (POSTGRES, JETSTREAM):
        if figures := row.figures.get(name):
            said = f"{row.lost[name]:>4}  {figures.failed:>6}  {figures.repeated:>8}  {figures.longest_stall:>6.1f} s"
            cells.append(f"{said:<32}")
        else:
            cells.append(" " * 32)
    return " | ".join(cells).rstrip()
