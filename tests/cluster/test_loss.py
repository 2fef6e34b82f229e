"""Nothing that was acknowledged is lost, whatever happens to a pod of the data layer; and the judge would notice.

The proof settings' data layer alone, in a namespace of its own: PostgreSQL behind two PgBouncers, three NATS servers.
The writer runs on the node, outside of the cluster. That a killed process loses nothing says nothing about a node that
loses its power: what NATS has not synced yet (2 minutes) is then only on the other servers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.harness.loss import data, faults, stores
from tests.harness.loss.data import NAMESPACE
from tests.harness.loss.journal import figures, read
from tests.harness.loss.judge import Verdict
from tests.harness.loss.proof import (
    HEADER,
    JETSTREAM,
    POSTGRES,
    Load,
    Row,
    Side,
    line,
    load,
    stream_variables,
    verdicts,
)
from tests.harness.loss.quorum import Watch
from tests.harness.loss.writer import build, writing

DATABASE = "loom-db-0"
SERVERS = ("nats-0", "nats-1", "nats-2")
ENOUGH = 50
"""Acknowledged writes a second."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found: Path = tmp_path_factory.mktemp("loss")
    return found


@pytest.fixture(scope="module")
def writer(folder: Path) -> Path:
    faults.needed()
    return build(folder)


@pytest.fixture(scope="module")
def started(writer: Path, folder: Path) -> Iterator[float]:
    with data.running(folder / "manifests") as seconds:
        faults.whole(NAMESPACE, faults.NATS)
        print(f"\nthe data layer is ready after {seconds:.0f} s\n{HEADER}")
        yield seconds


def test_every_data_pod_is_deleted_and_postgres_killed(started: float, writer: Path, folder: Path) -> None:
    """The two halves of the data layer at the same time."""

    def database(writes: Load) -> None:
        for number, pod in enumerate(faults.names(NAMESPACE, "pgbouncer"), 1):
            row = writes.under(f"pgbouncer {number}: deleted", partial(faults.delete, NAMESPACE, pod), POSTGRES)
            assert row.figures[POSTGRES].failed == 0
        writes.under(f"{DATABASE}: deleted", partial(faults.delete, NAMESPACE, DATABASE), POSTGRES)
        writes.under("postgres: SIGKILL", partial(faults.kill, NAMESPACE, DATABASE, "postgres"), POSTGRES)

    def bus(writes: Load) -> None:
        for pod in SERVERS:
            row = writes.under(f"{pod}: deleted", partial(faults.delete, NAMESPACE, pod), JETSTREAM)
            assert row.figures[JETSTREAM].failed == 0

    with load(writer, folder, "short") as writes, ThreadPoolExecutor() as both:
        for half in [both.submit(database, writes), both.submit(bus, writes)]:
            half.result()
        _fast_enough(writes)
    _nothing_lost(writes)


@pytest.mark.long
def test_every_fault_one_after_the_other(started: float, writer: Path, folder: Path) -> None:
    with load(writer, folder, "long") as writes:
        for row, pooled in _all_faults(writes):
            assert row.figures[JETSTREAM].failed == 0
            assert not pooled or row.figures[POSTGRES].failed == 0
        _fast_enough(writes)
    _nothing_lost(writes)


def _all_faults(writes: Load) -> Iterator[tuple[Row, bool]]:
    """Each fault's row, and whether the single PostgreSQL was there all the time."""
    delete, roll = partial(faults.delete, NAMESPACE), partial(faults.roll, NAMESPACE)
    for number, pod in enumerate(faults.names(NAMESPACE, "pgbouncer"), 1):
        row = writes.under(f"pgbouncer {number}: deleted", partial(delete, pod))
        # who leaves lets transactions end, and database/sql begins the next one on another connection
        assert row.figures[POSTGRES].repeated == 0, row.figures[POSTGRES].why
        yield row, True
    for pod in SERVERS:
        yield writes.under(f"{pod}: deleted", partial(delete, pod)), True
    yield writes.under(f"{DATABASE}: deleted", partial(delete, DATABASE)), False
    yield writes.under("pgbouncer: rolled", partial(roll, "deployment/pgbouncer", "pgbouncer")), True
    watch = Watch(NAMESPACE)
    with watch.watching():
        row = writes.under("nats: rolled", partial(roll, "statefulset/nats", faults.NATS))
    print(f"NATS servers that were up to date while they were rolled: never fewer than {watch.fewest}")
    assert watch.fewest >= 2, f"below quorum: {watch.said}"
    yield row, True
    yield writes.under("loom-db: rolled", partial(roll, "statefulset/loom-db", "postgresql")), False
    kill = partial(faults.kill, NAMESPACE)
    [first, _] = faults.names(NAMESPACE, "pgbouncer")
    yield writes.under("pgbouncer: SIGKILL", partial(kill, first, "pgbouncer")), True
    for pod in SERVERS:
        which = ", the stream's leader" if stores.leader(data.nats_url(), "LOSS") == pod else ""
        yield writes.under(f"{pod}{which}: SIGKILL", partial(kill, pod, "nats")), True
    yield writes.under("postgres: SIGKILL", partial(kill, DATABASE, "postgres")), False
    for pod in SERVERS:
        yield writes.under(f"{pod}: loses its volume", partial(faults.lose_volume, NAMESPACE, pod)), True


@pytest.mark.long
def test_the_judge_notices_a_writer_that_acknowledges_before_the_commit(
    started: float, writer: Path, folder: Path
) -> None:
    found = _crashed(writer, folder, "too-early", "-acknowledge-early")

    assert found[POSTGRES].lost
    assert found[JETSTREAM].clean


@pytest.mark.long
def test_the_judge_notices_commits_that_do_not_wait_for_the_disk(started: float, writer: Path, folder: Path) -> None:
    """PostgreSQL's WAL writer is held up for three seconds: who waits for his own commit does not need it."""
    waiting = _crashed(writer, folder, "synchronous", act=_crash_without_wal_writer)
    stores.sql(NAMESPACE, "ALTER SYSTEM SET synchronous_commit = off", "SELECT pg_reload_conf()")
    try:
        not_waiting = _crashed(writer, folder, "asynchronous", act=_crash_without_wal_writer)
    finally:
        stores.sql(NAMESPACE, "ALTER SYSTEM RESET synchronous_commit", "SELECT pg_reload_conf()")

    assert waiting[POSTGRES].clean
    assert not_waiting[POSTGRES].lost


@pytest.mark.long
def test_the_judge_notices_a_stream_with_one_replica_whose_volume_is_lost(
    started: float, writer: Path, folder: Path
) -> None:
    """What the stream with three replicas, written to at the same time, survives."""
    url, alone = data.nats_url(), "ALONE"
    stores.new_stream(url, alone, replicas=1)
    log = folder / "alone.log"
    with (
        load(writer, folder, "volume") as writes,
        writing(writer, "jetstream", log, stream_variables(alone)) as into_one,
    ):
        writes.sides.append(Side("one replica", into_one, lambda: stores.messages(url, alone)))
        pod = stores.leader(url, alone)
        writes.under(f"{pod}: loses its volume", partial(faults.lose_volume, NAMESPACE, pod))
    found = _print(verdicts(writes))

    assert found["one replica"].lost
    assert found[JETSTREAM].clean


def _crash() -> None:
    time.sleep(3)
    faults.kill(NAMESPACE, DATABASE, "postgres")


def _crash_without_wal_writer() -> None:
    with faults.stopped(NAMESPACE, DATABASE, "postgres", "walwriter"):
        _crash()


def _crashed(
    writer: Path, folder: Path, name: str, *options: str, act: Callable[[], None] = _crash
) -> dict[str, Verdict]:
    with load(writer, folder, name, *options) as writes:
        writes.under(f"postgres: SIGKILL ({name})", act)
    return _print(verdicts(writes))


def _fast_enough(writes: Load) -> None:
    for side in writes.sides:
        rate, all_the_time = writes.quiet_rate(side), figures(read(side.writing.log), writes.since, time.time_ns())
        print(f"{side.name}: {rate:.0f} acknowledged a second outside of faults, 99 % within {all_the_time.p99:.2f} s")
        assert rate >= ENOUGH


def _nothing_lost(writes: Load) -> None:
    for verdict in _print(verdicts(writes)).values():
        assert verdict.clean, verdict
    assert not any(lost for row in writes.rows for lost in row.lost.values()), [line(r) for r in writes.rows]


def _print(found: dict[str, Verdict]) -> dict[str, Verdict]:
    for name, verdict in found.items():
        print(f"{name}: {verdict}")
    return found
