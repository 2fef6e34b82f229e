"""PgBouncer's rendered configuration on the real program, before a real PostgreSQL."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.pods import container
from tests.servers.conftest import Machine, eventually, free_port, needed
from tests.servers.test_postgres import ENVIRONMENTS, LOGINS, Postgres


class Pooler:
    """PgBouncer from the rendered files of an environment."""

    def __init__(self, machine: Machine, postgres: Any, environment: str, host: str = "127.0.0.1") -> None:
        needed("pgbouncer")
        self.machine = machine
        self.port = free_port()
        objects = list(yaml.safe_load_all((ROOT / "dist" / environment / "data.k8s.yaml").read_text()))
        self.workload = next(o for o in objects if o["kind"] == "Deployment")
        name = "loom-db-rw" if environment == "production" else "loom-db"
        ini = next(o for o in objects if o["metadata"]["name"] == "pgbouncer-config")["data"]["pgbouncer.ini"]
        self.ini = machine.write(
            "/etc/pgbouncer/pgbouncer.ini",
            ini,
            {
                f"host={name} port=5432": f"host={host} port={postgres.port}",
                "listen_port = 5432": f"listen_port = {self.port}",
            },
        )
        machine.folders("run/pgbouncer")

    def start(self, username: str = "loom", password: str = LOGINS["loom_password"]) -> subprocess.Popen[bytes]:
        script = container(self.workload, "user-list")["command"][2]
        env = {"USERNAME": username, "PASSWORD": password}
        made = self.machine.run(["sh", "-c", self.machine.local(script)], env)
        assert made.returncode == 0, made.stderr
        mode = self.machine.path("/run/pgbouncer/userlist.txt").stat().st_mode & 0o777
        assert mode == 0o600
        process = self.machine.start(["pgbouncer", str(self.ini)])
        assert eventually(self.ready, 10), self.machine.log()
        return process

    def ready(self) -> bool:
        done = self.machine.run(["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)])
        return done.returncode == 0

    def query(self, sql: str, user: str = "loom", password: str = LOGINS["loom_password"]) -> str:
        env = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": user, "PGPASSWORD": password}
        done = self.machine.run(["psql", "-XAtc", sql, "-d", "loom"], env)
        return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()


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
    assert eventually(lambda: pooler.query("SELECT 1") == "1", 15), machine.log()


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
