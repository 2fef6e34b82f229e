"""From PostgreSQL 15 to the newest major version, as docs/how-to/upgrade-postgres.md says."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cdk8s
import pytest

from loom_constructs import Database, EmbeddedPostgres, PostgresBackup, PostgresCluster, SecretRef
from tests.conftest import ROOT
from tests.servers.conftest import Machine, next_release
from tests.servers.test_backup import DATABASES, FINGERPRINT, LOOM, Backups, _content
from tests.servers.test_postgres import LOGINS

PAGE = (ROOT / "docs" / "how-to" / "upgrade-postgres.md").read_text(encoding="utf-8")
OLD, NEW = ("postgres:15-alpine", "pgdata"), ("postgres:18-alpine", "pgdata-18")
VERSION = "SELECT current_setting('server_version_num')::int / 10000"
DATA = "/var/lib/postgresql/data"


class Upgrade:
    """One claim of a server and one of backups; the programs and the rendered files are of one release or the other."""

    def __init__(self, machine: Machine, folder: Path, environment: pytest.MonkeyPatch) -> None:
        self.machine, self._folder, self._environment = machine, folder, environment
        path = os.environ["PATH"]
        self._paths = {OLD[0]: path, NEW[0]: f"{next_release('postgres/bin')}{os.pathsep}{path}"}
        self.backups = Backups(machine, self._files(OLD)["loom-db-backup-config"])
        self.postgres = self.backups.postgres

    def _files(self, release: tuple[str, str]) -> dict[str, dict[str, str]]:
        folder = str(self._folder / release[1])
        chart = cdk8s.Chart(cdk8s.App(outdir=folder), "data", namespace="loom", disable_resource_name_hashes=True)
        databases = [Database(name, SecretRef("login")) for name in DATABASES]
        server = PostgresCluster(
            chart,
            "postgres",
            databases=databases,
            engine=EmbeddedPostgres(image=release[0], folder=release[1]),
        )
        PostgresBackup(chart, "backup", of=server)
        return {o["metadata"]["name"]: o["data"] for o in cdk8s.Testing.synth(chart) if o["kind"] == "ConfigMap"}

    def stop(self) -> None:
        """The pod ends: nobody is connected any more."""
        command = ["pg_ctl", "stop", f"--pgdata={self.postgres.pgdata}", "--mode=fast", "--wait"]
        assert self.machine.run(command).returncode == 0

    def apply(self, release: tuple[str, str]) -> subprocess.CompletedProcess[str]:
        """The pod is made anew, and its init container runs."""
        self._environment.setenv("PATH", self._paths[release[0]])
        files = self._files(release)
        for name, text in files["loom-db-config"].items():
            more = f"port = {self.postgres.port}\n" if name == "postgresql.conf" else ""
            self.machine.write(f"/etc/postgresql/{name}", text + more)
        for name, text in files["loom-db-backup-config"].items():
            self.machine.write(f"/etc/postgresql-backup/{name}", text)
        self.postgres.pgdata = self.machine.path(f"{DATA}/{release[1]}")
        self.postgres.env["PGDATA"] = str(self.postgres.pgdata)
        return self.postgres.prepare()

    def temporal(self, query: str, database: str = "temporal") -> str:
        """What Temporal's own login sees."""
        login = {"PGUSER": LOGINS["temporal_username"], "PGPASSWORD": LOGINS["temporal_password"]}
        return self.postgres.sql(query, database, PGHOST="127.0.0.1", PGPORT=str(self.postgres.port), **login)

    def of_the_page(self, program: str) -> subprocess.CompletedProcess[str]:
        """Runs what the page runs in the pod."""
        [command] = re.findall(rf"exec(?: --stdin)? loom-db-0 --container postgres -- ({program} .*)", PAGE)
        return self.machine.run(["sh", "-c", self.machine.local(command)], self.postgres.env)

    @staticmethod
    def good(done: Any) -> Any:
        assert done.returncode == 0, done.stderr
        return done


@pytest.fixture
def upgrade(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Upgrade]:
    made = Upgrade(machine, tmp_path, monkeypatch)
    made.backups.loom(_content(int(os.environ.get("LOOM_BACKUP_ROWS", "20000"))))
    assert made.temporal("CREATE EXTENSION btree_gin", "temporal_visibility") == "CREATE EXTENSION"
    assert made.temporal("CREATE TABLE t AS SELECT i FROM generate_series(1, 100) i") == "SELECT 100"
    assert made.postgres.sql(VERSION) == "15"
    yield made


def restore(upgrade: Upgrade) -> None:
    for name in DATABASES:
        upgrade.good(upgrade.backups.run("restore", DATABASE_TO_RESTORE=name))


def test_the_way_of_the_page(upgrade: Upgrade) -> None:
    backups, postgres = upgrade.backups, upgrade.postgres
    before = backups.loom(FINGERPRINT)
    rows = backups.loom("SELECT count(*) FROM orders")
    began = time.monotonic()
    upgrade.good(backups.run("backup"))
    upgrade.good(backups.run("drill"))
    taken = time.monotonic()
    upgrade.stop()

    prepared = upgrade.good(upgrade.apply(NEW))
    assert "database loom is there" in prepared.stdout
    postgres.start()
    assert postgres.sql(VERSION) == "18"
    assert postgres.sql("SELECT name, error FROM pg_file_settings WHERE error IS NOT NULL") == ""
    assert postgres.sql("SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL") == "0"
    assert postgres.sql("SHOW data_checksums") == "on"
    assert "WARNING" not in upgrade.machine.log(), "a setting is deprecated"
    restore(upgrade)
    over = time.monotonic()
    print(f"\n{rows} rows: backup and drill {taken - began:.1f} s, new server and restore {over - taken:.1f} s")

    assert backups.loom(FINGERPRINT) == before
    assert backups.loom("SELECT nextval('app.everything_id_seq')") == "502"
    assert upgrade.temporal("SELECT count(*) FROM t") == "100"
    assert postgres.sql("SELECT count(*) FROM pg_extension WHERE extname = 'btree_gin'", "temporal_visibility") == "1"
    owners = "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'app'::regnamespace"
    assert postgres.sql(owners, "loom") == "loom"
    denied = postgres.over_network("loom", LOGINS["loom_password"], "temporal")
    assert "permission denied for database" in denied
    upgrade.good(upgrade.of_the_page("vacuumdb"))

    # what comes next works too: backups by the new version, and another restart
    upgrade.good(backups.run("backup"))
    upgrade.good(backups.run("drill"))
    assert backups.verdict().startswith("drill|t|")
    upgrade.stop()
    upgrade.good(upgrade.apply(NEW))
    postgres.start()
    assert upgrade.machine.path(f"{DATA}/pgdata/PG_VERSION").read_text() == "15\n"
    upgrade.good(upgrade.of_the_page("rm"))
    assert [p.name for p in upgrade.machine.path(DATA).iterdir()] == ["pgdata-18"]
    assert backups.loom("SELECT count(*) FROM orders") == rows


def test_the_way_back(upgrade: Upgrade) -> None:
    backups = upgrade.backups
    before = backups.loom(FINGERPRINT)
    upgrade.good(backups.run("backup"))
    upgrade.stop()
    upgrade.good(upgrade.apply(NEW))
    upgrade.postgres.start()
    restore(upgrade)
    upgrade.good(backups.run("backup"))
    upgrade.stop()

    upgrade.good(upgrade.apply(OLD))
    upgrade.postgres.start()

    assert upgrade.postgres.sql(VERSION) == "15"
    assert backups.loom(FINGERPRINT) == before, "the old folder was not touched"
    # a dump of the newer version does not come back: what was written there stays there
    refused = backups.run("restore", DATABASE_TO_RESTORE="loom", OVERWRITE="yes")
    assert refused.returncode != 0 and "unsupported version" in refused.stderr, refused.stderr
    assert "nothing was changed" in refused.stderr
    assert backups.loom(FINGERPRINT) == before


def test_only_another_image_is_refused_and_changes_nothing(upgrade: Upgrade) -> None:
    before = upgrade.backups.loom(FINGERPRINT)
    upgrade.stop()

    refused = upgrade.apply((NEW[0], OLD[1]))

    assert refused.returncode != 0
    assert re.search("initialized by PostgreSQL version 15, which is not compatible", refused.stdout + refused.stderr)
    upgrade.good(upgrade.apply(OLD))
    upgrade.postgres.start()
    assert upgrade.backups.loom(FINGERPRINT) == before


@pytest.mark.long
def test_the_same_without_backups(upgrade: Upgrade) -> None:
    before = upgrade.backups.loom(FINGERPRINT)
    upgrade.good(upgrade.of_the_page("pg_dump"))
    # the newer program reads the older server too
    newer, dump = next_release("postgres/bin") / "pg_dump", upgrade.machine.path("/loom.dump")
    over_network = {"PGPORT": str(upgrade.postgres.port), "PGHOST": "127.0.0.1", **LOOM}
    file = upgrade.machine.path("/newer.dump")
    upgrade.good(upgrade.machine.run([str(newer), "--format=custom", f"--file={file}", "loom"], over_network))
    upgrade.stop()
    upgrade.good(upgrade.apply(NEW))
    upgrade.postgres.start()

    upgrade.good(upgrade.of_the_page("pg_restore"))
    assert upgrade.backups.loom(FINGERPRINT) == before

    for statement in ("DROP DATABASE loom", "CREATE DATABASE loom OWNER loom"):
        upgrade.postgres.sql(statement)
    dump.write_bytes(file.read_bytes())
    upgrade.good(upgrade.of_the_page("pg_restore"))
    assert upgrade.backups.loom(FINGERPRINT) == before
