"""Two alternating logins on the real PostgreSQL and PgBouncer: clients go on, and the old password dies."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.servers.conftest import Machine, eventually, new_machine
from tests.servers.test_pgbouncer import Pooler
from tests.servers.test_postgres import LOGINS, Postgres

OLD = ("loom", LOGINS["loom_password"])
NEW = ("loom b", """n'e"w\\ $(pass) `x` %s""")
AGAIN = ("loom", "another")
ENTRIES = ("loom_username", "loom_password", "loom_previous_username", "loom_previous_password")


class Rotating(Postgres):
    """A server with the container that follows its logins."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine, "staging")
        self.logins = dict(LOGINS)

    def mount(self, login: tuple[str, str], previous: tuple[str, str] | None = None, database: str = "loom") -> None:
        """What the kubelet writes when the Secret changes."""
        names = (f"{database}_previous_username", f"{database}_previous_password")
        self.logins |= {f"{database}_username": login[0], f"{database}_password": login[1]}
        self.logins = {n: v for n, v in self.logins.items() if n not in names}
        self.logins |= dict(zip(names, previous, strict=True)) if previous else {}
        self.machine.mount("/etc/postgresql-logins", self.logins)

    def apply(self, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        script = str(self.machine.path("/etc/postgresql/logins.sh"))
        return self.machine.run(["sh", script], {**self.env, **self.logins}, timeout)

    def query(self, login: tuple[str, str], sql: str, database: str = "loom") -> str:
        return self.sql(sql, database, PGHOST="127.0.0.1", PGUSER=login[0], PGPASSWORD=login[1])

    def owners(self, database: str = "loom") -> set[str]:
        return set(self.sql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'", database).split())


class Writer:
    """Writes and reads all the time, each time over a new connection; counts what failed."""

    def __init__(self, ask) -> None:
        self.ask, self.done, self.failed = ask, 0, []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._over.is_set():
            answer = self.ask("INSERT INTO beads (title) VALUES ('x') RETURNING 'stored'")
            self.done += 1
            if answer.splitlines()[:1] != ["stored"]:
                self.failed.append(answer)
            time.sleep(0.02)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


@pytest.fixture(scope="module")
def made() -> Iterator[Rotating]:
    with new_machine() as machine:
        postgres = Rotating(machine)
        postgres.mount(OLD)
        prepared = postgres.prepare()
        assert prepared.returncode == 0, prepared.stderr
        postgres.start()
        yield postgres


@pytest.fixture
def pooler(postgres: Rotating) -> Iterator[Pooler]:
    """In front of it; it ends with the test."""
    pooler = Pooler(postgres.machine, postgres, "staging")
    pooler.configure(default_pool_size="2", max_db_connections="2")
    process = pooler.start(*OLD)
    try:
        yield pooler
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def follower(postgres: Rotating) -> Iterator[subprocess.Popen[bytes]]:
    """Beside it; it ends with the test."""
    process = postgres.machine.start(["sh", str(postgres.machine.path("/etc/postgresql/follow.sh"))], postgres.env)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def postgres(made: Rotating) -> Rotating:
    """With an old database: its table belongs to its one login."""
    made.mount(OLD)
    for statement in (
        "DROP TABLE IF EXISTS beads, made_by_new",
        "ALTER DATABASE loom OWNER TO postgres",
        'DROP ROLE IF EXISTS "loom b"',
        "DROP ROLE IF EXISTS loom_owner",
        "DROP ROLE IF EXISTS loom",
    ):
        done = made.sql(statement, "loom")
        assert "ERROR" not in done, done
    applied = made.apply()
    assert applied.returncode == 0, applied.stderr
    made.query(OLD, "CREATE TABLE beads (id bigserial PRIMARY KEY, title text)")
    assert made.owners() == {"loom"}
    return made


def test_clients_go_on_through_a_rotation_and_the_old_password_dies(
    postgres: Rotating, pooler: Pooler, follower: subprocess.Popen[bytes]
) -> None:
    through = lambda login: lambda sql: pooler.query(sql, *login)  # noqa: E731
    direct = lambda login: lambda sql: postgres.query(login, sql)  # noqa: E731

    with Writer(through(OLD)) as pooled, Writer(direct(OLD)) as straight:
        pooler.log_in(*NEW, previous=OLD)
        postgres.mount(NEW, OLD)
        assert eventually(lambda: postgres.query(NEW, "SELECT current_user") == "loom_owner"), postgres.machine.log()
        assert eventually(lambda: pooler.query("SELECT session_user", *NEW) == NEW[0]), postgres.machine.log()
        assert postgres.query(NEW, "SELECT count(*) > 0 FROM beads") == "t"
        postgres.query(NEW, "CREATE TABLE made_by_new (x int)")
        assert postgres.query(OLD, "INSERT INTO made_by_new VALUES (1) RETURNING x").startswith("1")
        pooled.ask, straight.ask = through(NEW), direct(NEW)
        time.sleep(1)  # whoever used the old one has finished
        pooler.log_in(*NEW)
        postgres.mount(NEW)
        assert eventually(lambda: "password authentication failed" in postgres.query(OLD, "SELECT 1")), (
            postgres.machine.log()
        )
        assert eventually(lambda: "authentication failed" in pooler.query("SELECT 1", *OLD)), postgres.machine.log()
        time.sleep(1)

    assert (pooled.failed, straight.failed) == ([], [])
    assert pooled.done > 20 and straight.done > 20
    assert postgres.owners() == {"loom_owner"}
    # and back: the first name with another password
    pooler.log_in(*AGAIN, previous=NEW)
    postgres.mount(AGAIN, NEW)
    assert eventually(lambda: pooler.query("SELECT session_user", *AGAIN) == "loom"), postgres.machine.log()
    assert "password authentication failed" in postgres.query(OLD, "SELECT 1")
    assert postgres.query(NEW, "SELECT 1") == "1"
    # a login that is named no more has no session either
    sleeper = subprocess.Popen(
        ["psql", "-XAtc", "SELECT pg_sleep(60)", "-d", "loom"],
        env={**postgres.machine._env(postgres.env), "PGHOST": "127.0.0.1", "PGUSER": NEW[0], "PGPASSWORD": NEW[1]},
        stderr=subprocess.DEVNULL,
    )
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'loom b' AND query LIKE '%sleep%'"
    assert eventually(lambda: postgres.sql(sessions) == "1")
    postgres.mount(AGAIN)
    assert sleeper.wait(30) != 0
    assert "password authentication failed" in postgres.query(NEW, "SELECT 1")
    follower.terminate()
    assert follower.wait(20) == 143
    # in no log, whatever happened
    assert not [p for _, p in (NEW, AGAIN) if p in postgres.machine.log()]


def test_two_logins_take_no_more_connections_than_one(postgres: Rotating, pooler: Pooler) -> None:
    postgres.mount(NEW, OLD)
    assert postgres.apply().returncode == 0
    pooler.log_in(*NEW, previous=OLD)
    assert eventually(lambda: pooler.query("SELECT 1", *NEW) == "1"), postgres.machine.log()
    counts: list[int] = []
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'loom' AND client_addr IS NOT NULL"

    with ThreadPoolExecutor(8) as clients:
        answers = [clients.submit(pooler.query, "SELECT pg_sleep(0.2)::text", *(OLD, NEW)[n % 2]) for n in range(16)]
        while not all(a.done() for a in answers):
            counts.append(int(postgres.sql(asked)))
    assert {a.result() for a in answers} == {""}
    assert max(counts) == 2, counts


def test_without_the_second_login_clients_fail(postgres: Rotating) -> None:
    """What the proof above would say of a rotation with one login."""
    with Writer(lambda sql: postgres.query(OLD, sql)) as writer:
        time.sleep(0.5)
        postgres.mount((OLD[0], "changed at once"))
        assert postgres.apply().returncode == 0
        time.sleep(0.5)

    assert writer.failed and "password authentication failed" in writer.failed[0]


def test_files_that_change_while_they_are_read_are_read_again(postgres: Rotating) -> None:
    machine = postgres.machine
    link = machine.ready("/etc/postgresql-logins", {**postgres.logins, **dict(zip(ENTRIES, (*NEW, *OLD), strict=True))})
    machine.folders("shim")
    shim = machine.path("/shim/cat")
    # the change comes just before the password is read, when it is settled which files there are
    shim.write_text(
        f"""#!/bin/sh
case $1 in */loom_password) [ ! -L {link} ] || mv -T {link} {machine.path("/etc/postgresql-logins")} ;; esac
exec /bin/cat "$@"
"""
    )
    shim.chmod(0o755)
    machine.path("/tmp/logins-applied").unlink(missing_ok=True)
    script = str(machine.path("/etc/postgresql/follow.sh"))
    path = f"{machine.path('/shim')}{os.pathsep}{os.environ['PATH']}"
    process = machine.start(["sh", script], {**postgres.env, "PATH": path})
    try:
        with Writer(lambda sql: postgres.query(OLD, sql)) as writer:
            assert eventually(lambda: postgres.query(NEW, "SELECT session_user") == NEW[0]), machine.log()
            assert not link.is_symlink()
        assert writer.failed == []
    finally:
        process.kill()
        process.wait()


def test_it_can_be_killed_at_any_point_and_run_again(postgres: Rotating) -> None:
    assert postgres.apply().returncode == 0
    postgres.mount(NEW, OLD)
    began = time.monotonic()
    for milliseconds in (20, 60, 100, 140, 180, 240, 300, 400):
        script = str(postgres.machine.path("/etc/postgresql/logins.sh"))
        halved = postgres.machine.start(["sh", script], {**postgres.env, **postgres.logins})
        time.sleep(milliseconds / 1000)
        subprocess.run(["pkill", "-KILL", "-g", str(halved.pid)], check=False)
        halved.wait()
        # whatever has been done by then: who was there can work
        assert postgres.query(OLD, "INSERT INTO beads (title) VALUES ('x') RETURNING title").startswith("x")
    for _ in range(2):
        applied = postgres.apply()
        assert applied.returncode == 0, applied.stderr
    assert time.monotonic() - began < 60
    assert postgres.query(NEW, "SELECT count(*) FROM beads") == "8"
    assert postgres.query(OLD, "SELECT count(*) FROM beads") == "8"
    assert postgres.owners() == {"loom_owner"}


def test_a_long_transaction_holds_it_up_and_is_left_alone(postgres: Rotating) -> None:
    postgres.mount(NEW, OLD)
    asked = "BEGIN; SELECT count(*) FROM beads; SELECT pg_sleep(4); COMMIT"
    env = {**postgres.env, "PGHOST": "127.0.0.1", "PGUSER": OLD[0], "PGPASSWORD": OLD[1]}
    long = postgres.machine.start(["psql", "-XAtc", asked, "-d", "loom"], env)
    assert eventually(lambda: postgres.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'BEGIN%'") == "1")

    held = postgres.apply()
    assert held.returncode != 0 and "lock timeout" in held.stderr
    assert postgres.owners() == {"loom"}  # all of it, or nothing
    assert postgres.query(OLD, "INSERT INTO beads (title) VALUES ('x') RETURNING title").startswith("x")

    assert long.wait(30) == 0
    assert postgres.apply().returncode == 0
    assert postgres.owners() == {"loom_owner"}


def test_databases_with_one_login_each_get_an_owner(postgres: Rotating) -> None:
    old, new = ("temporal", "t"), ("temporal_b", "u")
    assert postgres.query(old, "CREATE TABLE seen (x int)", "temporal_visibility") == "CREATE TABLE"
    for database in ("temporal", "temporal_visibility"):
        postgres.mount(new, old, database)
    applied = postgres.apply()
    assert applied.returncode == 0, applied.stderr

    rows = postgres.sql("SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname LIKE 'temporal%'")
    assert set(rows.split()) == {"temporal|temporal_owner", "temporal_visibility|temporal_visibility_owner"}
    assert postgres.owners("temporal_visibility") == {"temporal_visibility_owner"}
    assert postgres.query(new, "SELECT count(*) FROM seen", "temporal_visibility") == "0"
    assert "permission denied for database" in postgres.query(new, "SELECT 1", "loom")

    # one of the two Secrets later than the other: the login is still somebody's
    postgres.mount(new, None, "temporal")
    assert postgres.apply().returncode == 0
    assert postgres.query(old, "SELECT 1", "temporal_visibility") == "1"
    postgres.mount(new, None, "temporal_visibility")
    assert postgres.apply().returncode == 0
    assert "password authentication failed" in postgres.query(old, "SELECT 1", "temporal_visibility")
    for database in ("temporal", "temporal_visibility"):
        postgres.mount(old, None, database)


def test_a_new_name_without_the_old_one_keeps_the_tables(postgres: Rotating) -> None:
    postgres.mount(NEW)
    applied = postgres.apply()

    assert applied.returncode == 0, applied.stderr
    assert postgres.query(NEW, "INSERT INTO beads (title) VALUES ('x') RETURNING title").startswith("x")
    assert "permission denied for database" in postgres.query(OLD, "SELECT 1")


@pytest.mark.parametrize(
    ("login", "previous", "said"),
    [
        (OLD, (OLD[0], "x"), "must have a username of its own"),
        (NEW, (OLD[0], ""), "must have a username and a password, or neither"),
        (("loom_owner", "x"), OLD, "must not be loom_owner: that is its owner"),
        (NEW, ("postgres", "x"), "must not be postgres"),
        (("a\tb", "x"), OLD, "has characters that cannot be written"),
    ],
)
def test_logins_that_cannot_be_are_refused_before_anything_is_done(
    postgres: Rotating, login: tuple[str, str], previous: tuple[str, str], said: str
) -> None:
    postgres.mount(login, previous)

    refused = postgres.apply()

    assert refused.returncode == 1 and said in refused.stderr
    assert postgres.query(OLD, "SELECT count(*) FROM beads") == "0"
