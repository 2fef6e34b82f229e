"""The scripts of an archive on the real PostgreSQL: any moment comes back, and what cannot come back is told."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.archived import Archived
from tests.servers.conftest import Machine, eventually


@pytest.fixture
def archived(machine: Machine, tmp_path: Path) -> Iterator[Archived]:
    made = Archived(machine, tmp_path)
    made.loom("CREATE TABLE rows (id int)")
    yield made
    made.deaf()


def test_the_rows_before_a_moment_come_back_exactly_and_again_and_again(archived: Archived) -> None:
    archived.base()
    moments = [archived.insert(i) for i in range(1, 5)]
    archived.switch()
    moments += [archived.insert(i) for i in range(5, 9)]
    archived.caught_up()
    assert archived.probe("readinessProbe") and archived.probe("livenessProbe")

    dry = archived.job("restore", TARGET=moments[2], DRY_RUN="yes")
    assert dry.returncode == 0 and "dry run" in dry.stdout, dry.stderr
    began = time.monotonic()
    done = archived.restore(moments[2])
    assert done.returncode == 0, done.stderr
    assert archived.rows() == [1, 2, 3]
    print(f"\nback to a moment: {time.monotonic() - began:.1f} s with stop and start; {done.stdout.splitlines()[-3:]}")
    [aside] = [p for p in archived.postgres.pgdata.parent.iterdir() if ".before-" in p.name]
    assert (aside / "PG_VERSION").exists()

    # it goes on, on timeline 2, received without anybody's help
    later = archived.insert(100)
    archived.caught_up()
    assert [s.name[-8:] for s in archived.stretches()] == ["00000001", "00000002"]
    # back to what was cut off: the moment says which timeline it was on
    done = archived.restore(moments[6])
    assert done.returncode == 0, done.stderr
    assert archived.rows() == [1, 2, 3, 4, 5, 6, 7]
    archived.insert(200)
    archived.caught_up()
    # and to the one that was cut off by that, from a base backup of before all of it
    done = archived.restore(later)
    assert done.returncode == 0, done.stderr
    assert archived.rows() == [1, 2, 3, 100]
    archived.insert(300)
    archived.base()
    drill = archived.job("drill")
    assert drill.returncode == 0, drill.stderr
    assert archived.verdict().startswith("archive-drill|t|")
    assert archived.stretches()[-1].name.endswith("00000004")


def test_a_killed_server_and_a_lost_volume_lose_what_was_on_its_way(archived: Archived) -> None:
    archived.base()
    acknowledged = 0
    end = time.monotonic() + 3
    while time.monotonic() < end:
        acknowledged += 1
        assert archived.loom(f"INSERT INTO rows VALUES ({acknowledged})") == "INSERT 0 1"
    archived.down(signal.SIGKILL)
    shutil.rmtree(archived.postgres.pgdata)
    # a new server in its place, as the StatefulSet makes one: it is another system
    archived.up()
    archived.loom("CREATE TABLE rows (id int)")
    archived.caught_up()

    done = archived.restore("latest")
    assert done.returncode == 0, done.stderr
    rows = archived.rows()
    assert rows == list(range(1, len(rows) + 1)), "what comes back has no gap"
    print(f"\nof {acknowledged} acknowledged rows {acknowledged - len(rows)} were not archived yet")
    assert acknowledged - len(rows) <= 5
    assert archived.loom("INSERT INTO rows VALUES (0)") == "INSERT 0 1"
    archived.caught_up()


def test_a_receiver_that_was_away_goes_on_where_it_was(archived: Archived) -> None:
    archived.base()
    archived.insert(1)
    archived.deaf()
    for number in range(2, 6):
        archived.insert(number)
        archived.switch()
    assert archived.job("restore", TARGET=archived.now(), DRY_RUN="yes").returncode == 1, "it ends before"
    archived.receive()
    archived.caught_up()
    assert len(archived.stretches()) == 1

    done = archived.restore("latest")
    assert done.returncode == 0, done.stderr
    assert archived.rows() == [1, 2, 3, 4, 5]


@pytest.mark.long
def test_an_archive_that_was_away_for_too_long_begins_anew_and_says_so(archived: Archived) -> None:
    conf = archived.machine.path("/etc/postgresql/postgresql.conf")
    conf.write_text(conf.read_text() + "max_slot_wal_keep_size = 16MB\nmax_wal_size = 32MB\nmin_wal_size = 32MB\n")
    archived.postgres.sql("SELECT pg_reload_conf()")
    archived.base()
    before = archived.insert(1)
    archived.caught_up()
    archived.deaf()
    archived.switch(6)
    archived.postgres.sql("CHECKPOINT")
    archived.postgres.sql("CHECKPOINT")
    state = archived.postgres.sql("SELECT wal_status FROM pg_replication_slots")
    assert state == "lost", state
    archived.receive()
    archived.insert(2)
    archived.caught_up()
    assert len(archived.stretches()) == 2
    assert "MAKE A BASE BACKUP" in archived.machine.log()

    drill = archived.job("drill")
    assert drill.returncode == 1 and re.search(r"file 0{7}1\w{16} of the log is not in the archive", drill.stderr)
    assert archived.verdict().startswith("archive-drill|f|file ")
    # before the gap
    done = archived.restore(before)
    assert done.returncode == 0, done.stderr
    assert archived.rows() == [1]


@pytest.mark.long
def test_what_no_base_backup_needs_goes_and_what_one_needs_stays(archived: Archived) -> None:
    moments, names = {}, []
    for number in range(1, 5):
        names.append(archived.base())
        moments[number] = archived.insert(number)
        archived.switch()
        archived.caught_up()
    kept = sorted(p.name for p in (archived.archive / "base").iterdir())
    assert kept == names[-2:]
    start = (archived.archive / "base" / kept[0] / "start").read_text().strip()
    first = f"{int(start.split('/')[1], 16) >> 24:08X}"
    files = sorted(p.name for p in archived.stretches()[0].iterdir() if re.match("[0-9A-F]{24}", p.name))
    assert files[0][16:24] == first, "nothing older, and nothing missing"

    # before the oldest one that is left: refused, and nothing is touched
    refused = archived.restore(moments[1])
    assert refused.returncode == 1 and "must not be before the oldest base backup" in refused.stderr
    assert archived.rows() == [1, 2, 3, 4]
    done = archived.restore(moments[3])
    assert done.returncode == 0, done.stderr
    assert archived.rows() == [1, 2, 3]
    # that one begins later in the log than what follows now: retention must not go by its name
    archived.insert(30)
    archived.base()
    moment = archived.insert(31)
    archived.insert(32)
    archived.base()
    archived.caught_up()
    done = archived.restore(moment)
    assert done.returncode == 0, done.stderr
    assert archived.rows() == [1, 2, 3, 30, 31]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("", "TARGET must be latest, a moment with its zone .* got nothing"),
        ("2026-01-31 14:05:00", "a moment with its zone .* got 2026-01-31 14:05:00"),
        ("2026-02-30T14:05:00Z", "a moment with its zone"),
        ("2026-13-01T14:05:00Z", "a moment with its zone"),
        ("yesterday", "a moment with its zone"),
        ("2020-01-01T00:00:00+05:30", "TARGET must not be before the oldest base backup.* there is: from 20"),
        ("2199-01-01T00:00:00Z", "TARGET must be before the end of the archive.* there is: from 20"),
        ("FFFF/0", "TARGET must not be after the end of the archive"),
        ("0/1", "TARGET must not be before the first base backup"),
        ("x/y", "TARGET must be a position in the log"),
    ],
)
def test_a_target_that_is_nonsense_or_out_of_range_changes_nothing(whole: Archived, target: str, message: str) -> None:
    done = whole.job("restore", TARGET=target, DRY_RUN="yes")

    assert done.returncode == 1
    assert re.search(message + ".*nothing was changed|" + message, done.stderr, re.DOTALL), done.stderr
    assert "nothing was changed" in done.stderr


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    """An archive that many look at, and nobody leaves changed."""
    from tests.servers.conftest import new_machine

    with new_machine() as machine:
        made = Archived(machine, tmp_path_factory.mktemp("archive"), busybox=False)
        made.loom("CREATE TABLE rows AS SELECT i AS id, repeat('x', 200) AS t FROM generate_series(1, 20000) i")
        made.base()
        made.switch(2)
        made.loom("INSERT INTO rows VALUES (0, 'after')")
        made.switch()
        made.caught_up()
        yield made
        made.deaf()


def test_a_running_server_is_not_restored_over(whole: Archived) -> None:
    done = whole.job("restore", TARGET="latest", SERVER_STOPPED="yes")

    assert done.returncode == 1 and "must be stopped, it answers; nothing was changed" in done.stderr


def test_a_position_can_be_restored_too(whole: Archived) -> None:
    at = whole.postgres.sql("SELECT pg_current_wal_flush_lsn()")
    whole.caught_up()

    done = whole.job("restore", TARGET=at, DRY_RUN="yes")
    assert done.returncode == 0, done.stderr


def test_the_drill_replays_everything(whole: Archived) -> None:
    drill = whole.job("drill")

    assert drill.returncode == 0, drill.stderr
    assert "can be replayed: 200" in drill.stdout
    assert whole.verdict().startswith("archive-drill|t|")


def _flip(archive: Path) -> Path:
    """One bit of the largest table of the base backup."""
    file = max((archive / "base").rglob("base/*/[0-9]*"), key=lambda p: p.stat().st_size)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    return file


def _truncated(archive: Path) -> Path:
    file = max((archive / "base").rglob("base/*/[0-9]*"), key=lambda p: p.stat().st_size)
    os.truncate(file, file.stat().st_size // 2)
    return file


def _segments(archive: Path) -> list[Path]:
    return sorted(p for p in (archive / "wal").rglob("0*") if re.fullmatch("[0-9A-F]{24}", p.name))


def _missing(archive: Path) -> Path:
    file = _segments(archive)[-2]
    file.unlink()
    return file


def _damaged_log(archive: Path) -> Path:
    file = _segments(archive)[-2]
    content = bytearray(file.read_bytes())
    content[:8192] = bytes(8192)
    file.write_bytes(bytes(content))
    return file


def _stale(archive: Path) -> Path:
    # the receiver writes its own every moment
    [file] = (archive / "wal").glob("*/reached")
    moment, at = file.read_text().split()
    file.write_text(f"{int(moment) - 1000} {at}\n")
    return file


def _none(archive: Path) -> Path:
    [file] = (archive / "base").glob("*Z/taken")
    file.unlink()
    return file


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_flip, "base backup .* is damaged: .*checksum mismatch"),
        (_truncated, "base backup .* is damaged: .*has size"),
        (_missing, "file 0{7}1[0-9A-F]{16} of the log is not in the archive"),
        (_damaged_log, "the log was replayed to .* only, not to .*: a file of it is damaged"),
        (_stale, "the archive ends 1[67] minutes ago, more than 15"),
        (_none, "there is no base backup"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_drill_and_the_restore_notice(whole: Archived, damage: Callable[[Path], Path], message: str) -> None:
    whole.deaf()
    original = whole.archive.with_name("original")
    shutil.rmtree(original, ignore_errors=True)
    whole.machine.run(["cp", "-R", str(whole.archive), str(original)])
    try:
        damage(whole.archive)
        drill = whole.job("drill")
        assert drill.returncode == 1 and re.search(message, drill.stderr), drill.stderr
        assert re.search(f"^archive-drill\\|f\\|{message}", whole.verdict())
        if damage is not _stale:
            # the same for who wants it back: the server's data is as it was
            mark = f"{whole.postgres.pgdata}/mark"
            whole.machine.run(["touch", mark])
            whole.down()
            done = whole.job("restore", TARGET="latest")
            whole.up()
            assert done.returncode == 1 and re.search(message, done.stderr), done.stderr
            assert "nothing was changed" in done.stderr or "data is as it was" in done.stderr
            assert Path(mark).exists()
            assert [p.name for p in whole.postgres.pgdata.parent.iterdir()] == ["pgdata"]
    finally:
        shutil.rmtree(whole.archive)
        original.rename(whole.archive)
        whole.receive()
        whole.caught_up()


def test_a_restore_that_is_killed_half_way_leaves_what_was_there(whole: Archived) -> None:
    mark = whole.postgres.pgdata / "mark"
    whole.machine.run(["touch", str(mark)])
    whole.down()
    restoring = whole.postgres.pgdata.with_name("pgdata.restoring")
    started = whole.machine.start(["sh", f"{whole.env['SCRIPTS']}/restore.sh"], {**whole.env, "TARGET": "latest"})
    assert eventually(restoring.exists, 30)
    os.killpg(started.pid, signal.SIGKILL)
    started.wait(10)
    whole.machine.run(["pg_ctl", "stop", "-D", str(restoring), "-m", "immediate"])

    whole.up()
    assert mark.exists() and restoring.exists()
    assert whole.loom("SELECT count(*) FROM rows") == "20001"


def test_a_restore_that_is_killed_between_its_renames_is_finished_by_the_servers_start(whole: Archived) -> None:
    whole.down()
    whole.postgres.pgdata.rename(whole.postgres.pgdata.with_name("pgdata.restored"))

    whole.up()
    assert whole.loom("SELECT count(*) FROM rows") == "20001"


def test_a_pid_file_that_was_left_is_believed_unless_told_otherwise(whole: Archived) -> None:
    whole.down()
    (whole.postgres.pgdata / "postmaster.pid").write_text("1\n")

    done = whole.job("restore", TARGET="latest")
    (whole.postgres.pgdata / "postmaster.pid").unlink()
    whole.up()
    assert done.returncode == 1
    assert "postmaster.pid is there; see that it has no pod, then say SERVER_STOPPED=yes" in done.stderr


def test_only_the_role_for_it_can_read_the_log(whole: Archived) -> None:
    def identify(**env: str) -> str:
        command = ["psql", "-d", "dbname=postgres replication=true", "-XAtc", "IDENTIFY_SYSTEM"]
        return whole.machine.run(command, {**whole.env, **env}).stderr

    assert identify() == ""
    login = {"PGUSER": "loom", "PGPASSWORD": whole.env["loom_password"]}
    assert "must be superuser or replication role" in identify(**login)
    assert "pg_hba.conf rejects replication" in identify(PGUSER="postgres")
    assert "password authentication failed" in identify(PGPASSWORD="wrong")


def test_the_login_must_be_its_own(whole: Archived) -> None:
    whole.down()
    refused = whole.postgres.prepare(replication_username="loom", replication_password="x")
    whole.up()

    assert refused.returncode == 1 and "must have a username of its own, got loom" in refused.stderr
