"""PgBouncer's rendered configuration on the real program, before a real PostgreSQL."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml

from loom_constructs.data.pgbouncer_files import AT_START
from tests.conftest import ROOT
from tests.pods import all_containers, container
from tests.servers.conftest import Machine, eventually, free_port, needed
from tests.servers.test_postgres import ENVIRONMENTS, LOGINS, Postgres


def has(workload: dict[str, Any], name: str) -> bool:
    return name in [c["name"] for c in all_containers(workload)]


class Pooler:
    """PgBouncer from the rendered files of an environment, or from these objects."""

    def __init__(
        self, machine: Machine, postgres: Any, rendered: str | list[dict[str, Any]], host: str = "127.0.0.1"
    ) -> None:
        needed("pgbouncer")
        self.machine = machine
        self.port = free_port()
        if isinstance(rendered, str):
            rendered = list(yaml.safe_load_all((ROOT / "dist" / rendered / "data.k8s.yaml").read_text()))
        self.workload = next(o for o in rendered if o["kind"] == "Deployment" and has(o, "pgbouncer"))
        config = next(o for o in rendered if o["metadata"]["name"] == "pgbouncer-config")
        self.rendered = config["data"]["pgbouncer.ini"]
        name = re.search(r"host=(\S+) port=5432", self.rendered)
        assert name
        self.places = {
            f"host={name[1]} port=5432": f"host={host} port={postgres.port}",
            "listen_port = 5432": f"listen_port = {self.port}\nstats_users = loom",
        }
        self.configure()
        machine.folders("run/pgbouncer")

    def configure(self, **changes: str) -> None:
        """Writes the configuration, as the kubelet does it: complete, or not at all."""
        text = self.rendered
        for name, value in changes.items():
            text = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
        new = self.machine.write("/etc/pgbouncer/pgbouncer.ini.new", text, self.places)
        new.rename(self.machine.path("/etc/pgbouncer/pgbouncer.ini"))

    def log_in(self, username: str, password: str, previous: tuple[str, str] | None = None) -> None:
        """Writes what is mounted from the Secret."""
        files = {"username": username, "password": password}
        if previous:
            files |= dict(zip(("previous-username", "previous-password"), previous, strict=True))
        self.machine.mount("/etc/pgbouncer-login", files)

    def start(self, username: str = "loom", password: str = LOGINS["loom_password"]) -> subprocess.Popen[bytes]:
        self.log_in(username, password)
        script = container(self.workload, "pgbouncer")["command"][2]
        process = self.machine.start(["sh", "-c", self.machine.local(script)])
        assert eventually(self.ready, 30), self.machine.log()
        mode = self.machine.path("/run/pgbouncer/userlist.txt").stat().st_mode & 0o777
        assert mode == 0o600
        return process

    @contextmanager
    def session(self) -> Iterator[Session]:
        env = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "loom", "PGPASSWORD": LOGINS["loom_password"]}
        process = subprocess.Popen(
            ["psql", "-XAtq", "-d", "loom"],
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Session(process)
        finally:
            process.communicate(timeout=20)

    def setting(self, name: str) -> str:
        rows = self.query("SHOW CONFIG", database="pgbouncer").splitlines()
        return dict(row.split("|")[:2] for row in rows)[name]

    def ready(self) -> bool:
        done = self.machine.run(["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)])
        return done.returncode == 0

    def query(
        self, sql: str, user: str = "loom", password: str = LOGINS["loom_password"], database: str = "loom"
    ) -> str:
        env = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": user, "PGPASSWORD": password}
        done = self.machine.run(["psql", "-XAtc", sql, "-d", database], env)
        return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()


class Session:
    """One connection that stays open."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, sql: str) -> str:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{sql};\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@pytest.fixture
def postgres(machine: Machine) -> Postgres:
    made = Postgres(machine)
    assert made.prepare().returncode == 0
    made.start()
    return made


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_program_takes_the_configuration_and_a_login_passes_through(
    machine: Machine, postgres: Postgres, environment: str
) -> None:
    pooler = Pooler(machine, postgres, environment)
    pooler.start()

    assert pooler.query("SELECT current_user") == "loom"
    assert "unknown parameter" not in machine.log()
    assert "authentication failed" in pooler.query("SELECT 1", password="wrong")
    assert "authentication failed" in pooler.query("SELECT 1", user="temporal", password="t")


def test_it_starts_without_its_database_and_finds_it_later(machine: Machine) -> None:
    postgres = Postgres(machine)
    pooler = Pooler(machine, postgres, "local")
    pooler.start()

    assert postgres.prepare().returncode == 0
    postgres.start()
    assert eventually(lambda: pooler.query("SELECT 1") == "1", 60), machine.log()


def test_the_probe_speaks_with_the_program(machine: Machine, postgres: Postgres, shell: str) -> None:
    pooler = Pooler(machine, postgres, "local")
    command = container(pooler.workload, "pgbouncer")["readinessProbe"]["exec"]["command"]
    probe = ["sh", "-c", command[2].replace("5432", str(pooler.port))]
    env = {"PATH": f"{shell}:/usr/bin:/bin"}

    assert machine.run(probe, env).returncode != 0
    pooler.start()
    assert machine.run(probe, env).returncode == 0


def test_sigint_finishes_what_runs_and_ends(machine: Machine, postgres: Postgres) -> None:
    pooler = Pooler(machine, postgres, "local")
    process = pooler.start()
    env = {"PGHOST": "127.0.0.1", "PGPORT": str(pooler.port), "PGUSER": "loom", "PGPASSWORD": LOGINS["loom_password"]}
    slow = machine.start(["psql", "-XAtc", "SELECT pg_sleep(2), 'finished'", "-d", "loom"], env)
    assert eventually(
        lambda: "pg_sleep" in postgres.sql("SELECT string_agg(query, ' ') FROM pg_stat_activity WHERE usename = 'loom'")
    )

    process.send_signal(2)

    assert slow.wait(20) == 0
    assert process.wait(20) == 0


def test_a_changed_configuration_is_taken_over_while_connections_go_on(machine: Machine, postgres: Postgres) -> None:
    pooler = Pooler(machine, postgres, "local")
    process = pooler.start()
    assert pooler.setting("default_pool_size") == "20"
    with pooler.session() as session:
        before = session.ask("SELECT pg_backend_pid()")
        pooler.configure(default_pool_size="7")
        assert eventually(lambda: pooler.setting("default_pool_size") == "7", 60), machine.log()

        assert session.ask("SELECT pg_backend_pid()") == before
    assert process.poll() is None


def test_a_changed_password_is_taken_over_and_who_is_logged_in_stays(machine: Machine, postgres: Postgres) -> None:
    pooler = Pooler(machine, postgres, "local")
    pooler.start()
    with pooler.session() as session:
        assert session.ask("SELECT 1") == "1"
        assert postgres.sql("""ALTER ROLE loom PASSWORD 'an "other"'""") == "ALTER ROLE"
        pooler.log_in("loom", 'an "other"')

        assert eventually(lambda: pooler.query("SELECT current_user", password='an "other"') == "loom", 30)
        assert "authentication failed" in pooler.query("SELECT 1")
        assert session.ask("SELECT 2") == "2"


def test_what_is_broken_is_not_taken_over(machine: Machine, postgres: Postgres) -> None:
    pooler = Pooler(machine, postgres, "local")
    process = pooler.start()

    pooler.log_in("loom", "")
    assert eventually(lambda: "must have a username and a password" in machine.log(), 30)
    pooler.log_in("loom", LOGINS["loom_password"])
    machine.path("/etc/pgbouncer/pgbouncer.ini").write_text("")
    assert eventually(lambda: "going on as before" in machine.log().rsplit("reloading", 1)[-1], 30)
    assert pooler.query("SELECT 1") == "1"
    # as a whole file may be, and PgBouncer itself must find it out
    pooler.configure(default_pool_size="many")
    assert eventually(lambda: "config file loading failed" in machine.log(), 60), machine.log()
    assert pooler.query("SELECT 1") == "1"
    assert pooler.setting("default_pool_size") == "20"
    pooler.configure(default_pool_size="9")
    assert eventually(lambda: pooler.setting("default_pool_size") == "9", 30)
    assert process.poll() is None


def test_what_a_reload_does_not_change_replaces_the_pods(machine: Machine, postgres: Postgres) -> None:
    pooler = Pooler(machine, postgres, "local")
    pooler.start()

    rows = [row.split("|") for row in pooler.query("SHOW CONFIG", database="pgbouncer").splitlines()]
    fixed = {name for name, _value, _default, changeable in rows if changeable == "no"}
    rendered = set(re.findall(r"(?m)^(\w+) = ", pooler.rendered))
    assert rendered & fixed <= set(AT_START)
    assert {"listen_addr", "listen_port"} <= fixed


def test_what_watches_ends_with_the_program(machine: Machine, postgres: Postgres) -> None:
    pooler = Pooler(machine, postgres, "local")
    process = pooler.start()
    mine = ["pgrep", "-g", str(process.pid)]
    assert len(machine.run(mine).stdout.split()) >= 2

    process.send_signal(2)
    assert process.wait(20) == 0
    assert eventually(lambda: not machine.run(mine).stdout.split(), 30)
