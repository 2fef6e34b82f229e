"""docs/how-to/move-postgres.md, executed: from the embedded engine to an external one with TLS."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cdk8s
import pytest

from loom_constructs import (
    ConfigMapKey,
    Database,
    EmbeddedPostgres,
    ExternalPostgres,
    PostgresBackup,
    PostgresCluster,
    SecretRef,
    Tls,
)
from tests.conftest import ROOT
from tests.pods import env_of
from tests.servers.authority import Authority, Managed
from tests.servers.conftest import Machine, needed
from tests.servers.test_backup import DATABASES, FINGERPRINT, _content
from tests.servers.test_postgres import LOGINS, Postgres

PAGE = ROOT / "docs" / "how-to" / "move-postgres.md"
ROWS = 2000


def block(language: str, holding: str) -> str:
    """The one block of the page in this language that holds a text."""
    [found] = [b for b in re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL) if holding in b]
    return found


class Move:
    """The old server with data in it, the new one as the page makes it, and the Jobs of both engines."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        needed("pg_dump", "pg_restore", "initdb")
        self.machine = machine
        self.old = Postgres(machine)
        assert self.old.prepare().returncode == 0
        self.old.start()
        assert "ERROR" not in self.loom_of_old(_content(ROWS))
        machine.folders("var/backup", "tmp/scratch")

        authority = Authority(machine, "authority")
        self.new = Managed(machine, authority, "localhost")
        ca = Path("/etc/postgresql-ca/loom-db/ca.crt")
        machine.folders(str(ca.parent))
        shutil.copy(authority.certificate, machine.path(str(ca)))
        external = ExternalPostgres(
            host="localhost", port=self.new.port, tls=Tls(ca=ConfigMapKey("postgres-ca", "ca.crt"))
        )
        self.jobs = {
            "old": self._jobs(folder / "old", EmbeddedPostgres()),
            "new": self._jobs(folder / "new", external),
        }

    def _jobs(self, folder: Path, engine: Any) -> dict[str, dict[str, Any]]:
        chart = cdk8s.Chart(cdk8s.App(outdir=str(folder)), "data", namespace="loom", disable_resource_name_hashes=True)
        databases = [Database(name, SecretRef("login")) for name in DATABASES]
        PostgresBackup(chart, "backup", of=PostgresCluster(chart, "postgres", databases=databases, engine=engine))
        return {f"{o['kind']}/{o['metadata']['name']}": o for o in cdk8s.Testing.synth(chart)}

    def administer(self) -> str:
        """Step 1, with the page's command and the page's SQL."""
        self.machine.write("databases.sql", block("sql", "CREATE ROLE"))
        env = {
            "PGHOST": str(self.machine.path("managed/socket")),
            "PGPORT": str(self.new.port),
            "PGUSER": "postgres",
            "LOOM_PASSWORD": LOGINS["loom_password"],
            "TEMPORAL_PASSWORD": LOGINS["temporal_password"],
        }
        done = self.machine.run(["sh", "-ec", block("sh", "databases.sql")], env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def job(self, engine: str, script: str, **env: str) -> Any:
        """A rendered Job of one engine: its script, with its own variables."""
        objects = self.jobs[engine]
        for name, text in objects["ConfigMap/loom-db-backup-config"]["data"].items():
            self.machine.write(f"/etc/postgresql-backup/{name}", text)
        suffix = "" if script == "backup" else f"-{script}"
        given = {k: v for k, v in env_of(objects[f"CronJob/loom-db-backup{suffix}"]).items() if isinstance(v, str)}
        here = {k: str(self.machine.path(v)) if v.startswith("/") else v for k, v in given.items()}
        if engine == "old":
            here |= {"PGHOST": "127.0.0.1", "PGPORT": str(self.old.port)}
        path = self.machine.path(f"/etc/postgresql-backup/{script}.sh")
        return self.machine.run(["sh", str(path)], {**LOGINS, **here, **env}, timeout=300)

    def loom_of_old(self, query: str) -> str:
        login = {"PGUSER": "loom", "PGPASSWORD": LOGINS["loom_password"], "PGHOST": "127.0.0.1"}
        return self.old.sql(query, "loom", **login, PGPORT=str(self.old.port))

    def loom_of_new(self, query: str) -> str:
        authority = str(self.machine.path("/etc/postgresql-ca/loom-db/ca.crt"))
        tls = {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": authority}
        return self.new.over_network("loom", LOGINS["loom_password"], "loom", query, **tls)


@pytest.fixture
def move(machine: Machine, tmp_path: Path) -> Iterator[Move]:
    yield Move(machine, tmp_path)


def test_what_the_page_says_brings_the_data_along(move: Move) -> None:
    before = move.loom_of_old(FINGERPRINT)
    assert re.fullmatch(r"[0-9a-f]{32}", before)

    move.administer()
    assert move.loom_of_new("SELECT current_user") == "loom"
    backup = move.job("old", "backup")
    assert backup.returncode == 0, backup.stderr
    for command in block("sh", "make k8s-restore ENV=production DATABASE=loom").splitlines():
        database = command.rpartition("=")[2]
        restored = move.job("new", "restore", DATABASE_TO_RESTORE=database)
        assert restored.returncode == 0, restored.stderr
        assert f"database {database} is as it was in backup" in restored.stdout

    assert move.loom_of_new(FINGERPRINT) == before
    assert move.loom_of_new("SELECT count(*) FROM public.orders") == str(ROWS)
    # who owns it now can go on with it, and nobody else gets in
    assert move.loom_of_new("INSERT INTO orders VALUES (-1, 'after the move') RETURNING id").startswith("-1")
    stranger = move.new.over_network("temporal", LOGINS["temporal_password"], "loom", PGSSLMODE="require")
    assert "permission denied for database" in stranger
    # and a second time it is refused
    again = move.job("new", "restore", DATABASE_TO_RESTORE="loom")
    assert again.returncode == 1 and "must be empty" in again.stderr


def test_the_new_server_is_backed_up_and_drilled_by_the_same_jobs(move: Move) -> None:
    move.administer()
    assert move.job("old", "backup").returncode == 0
    assert move.job("new", "restore", DATABASE_TO_RESTORE="loom").returncode == 0

    backup = move.job("new", "backup")
    assert backup.returncode == 0, backup.stderr
    drill = move.job("new", "drill")
    assert drill.returncode == 0, drill.stderr
    assert move.loom_of_new("SELECT kind, good FROM loom_constructs.verdicts ORDER BY at DESC LIMIT 1") == "drill|t"


def test_one_command_for_each_database_does_it_too(move: Move) -> None:
    before = move.loom_of_old(FINGERPRINT)
    move.administer()
    authority = move.machine.path("/etc/postgresql-ca/loom-db/ca.crt")
    env = {
        "OLD": f"host=127.0.0.1 port={move.old.port} dbname=loom user=loom",
        "NEW": f"host=localhost port={move.new.port} dbname=loom user=loom sslmode=verify-full sslrootcert={authority}",
        "PGPASSWORD": LOGINS["loom_password"],
    }

    done = move.machine.run(["bash", "-o", "pipefail", "-ec", block("sh", "pg_dump --format=custom")], env)

    assert done.returncode == 0, done.stderr
    assert move.loom_of_new(FINGERPRINT) == before
