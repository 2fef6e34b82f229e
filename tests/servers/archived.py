"""A server and its archive, from the rendered files, on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cdk8s

from loom_constructs import Database, EmbeddedPostgres, PostgresArchive, PostgresCluster, SecretRef
from tests.pods import container
from tests.servers.conftest import Machine, eventually, needed
from tests.servers.test_postgres import LOGINS, Postgres

DATABASES = ("loom", "temporal", "temporal_visibility")
REPLICATION = {"replication_username": "archive", "replication_password": """also "it's\\"""}
APPLETS = "sh cat date sed grep cut sort head tail tr du df awk rm mv cp mkdir sleep printf sync paste touch chmod ls"


class Archived:
    """A running server, its receiver, and the Jobs beside them.

    Args:
        busybox: Run the scripts by busybox, as in the alpine image.
    """

    def __init__(self, machine: Machine, out: Path, *, busybox: bool = True) -> None:
        needed("initdb", "pg_receivewal", "pg_basebackup", "pg_verifybackup", "pg_archivecleanup", "busybox")
        self.machine = machine
        self.postgres = Postgres(machine)
        chart = cdk8s.Chart(cdk8s.App(outdir=str(out)), "data", namespace="loom", disable_resource_name_hashes=True)
        databases = [Database(name, SecretRef("login")) for name in DATABASES]
        engine = EmbeddedPostgres(replication=SecretRef("replication"))
        server = PostgresCluster(chart, "postgres", databases=databases, engine=engine)
        PostgresArchive(chart, "archive", of=server, keep=2)
        self.objects = {f"{o['kind']}/{o['metadata']['name']}": o for o in cdk8s.Testing.synth(chart)}
        for name, text in self.objects["ConfigMap/loom-db-config"]["data"].items():
            machine.write(f"/etc/postgresql/{name}", text)
        conf = machine.path("/etc/postgresql/postgresql.conf")
        conf.write_text(conf.read_text() + f"port = {self.postgres.port}\n")
        for name, text in self.objects["ConfigMap/loom-db-archive-config"]["data"].items():
            # the archive's clock ticks faster, and nobody waits for minutes
            quick = text.replace("sleep 5 &", "sleep 0.3 &").replace("+ 300))", "+ 20))")
            machine.write(f"/etc/postgresql-archive/{name}", quick)
        machine.folders("var/archive", "tmp/scratch", "busybox")
        path = machine.path("busybox")
        if busybox:
            for applet in APPLETS.split():
                (path / applet).symlink_to(shutil.which("busybox") or "")
        self.archive = machine.path("/var/archive")
        self.env = {
            **LOGINS,
            "PATH": f"{path}{os.pathsep}{os.environ['PATH']}",
            "ARCHIVE": str(self.archive),
            "SCRIPTS": str(machine.path("/etc/postgresql-archive")),
            "SCRATCH": str(machine.path("/tmp/scratch")),
            "DATABASES": " ".join(DATABASES),
            "PGDATA": str(self.postgres.pgdata),
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.postgres.port),
            "PGDATABASE": "postgres",
            "PGUSER": REPLICATION["replication_username"],
            "PGPASSWORD": REPLICATION["replication_password"],
            "BASE": "loom-db-archive-base",
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.receiver: subprocess.Popen[bytes] | None = None
        self.up()
        self.receive()

    def up(self) -> None:
        """Starts the server as its pod does."""
        prepared = self.postgres.prepare(**REPLICATION)
        assert prepared.returncode == 0, prepared.stderr
        self.process = self.postgres.start()

    def down(self, how: int = signal.SIGINT) -> None:
        """Stops the server; by SIGKILL with all its processes."""
        assert self.process is not None
        if how == signal.SIGKILL:
            os.killpg(self.process.pid, how)
        else:
            self.process.send_signal(how)
        self.process.wait(30)

    def receive(self) -> None:
        self.receiver = self._start("receive")

    def _start(self, script: str) -> subprocess.Popen[bytes]:
        shell = shutil.which("sh", path=self.env["PATH"]) or ""
        return self.machine.start([shell, f"{self.env['SCRIPTS']}/{script}.sh"], self.env)

    def deaf(self) -> None:
        """Ends the receiver as a killed pod ends: with all it started."""
        assert self.receiver is not None
        os.killpg(self.receiver.pid, signal.SIGKILL)
        self.receiver.wait(10)

    def job(self, script: str, **env: str) -> Any:
        shell = shutil.which("sh", path=self.env["PATH"]) or ""
        return self.machine.run([shell, f"{self.env['SCRIPTS']}/{script}.sh"], {**self.env, **env}, timeout=120)

    def base(self) -> str:
        """A base backup; its name."""
        done = self.job("base")
        assert done.returncode == 0, done.stderr + self.machine.log()
        return sorted(p.name for p in (self.archive / "base").iterdir())[-1]

    def restore(self, target: str, **env: str) -> Any:
        """Stops the server, restores, and starts it again, whatever came of it."""
        self.down()
        done = self.job("restore", TARGET=target, **env)
        self.up()
        return done

    def loom(self, query: str) -> str:
        login = {"PGUSER": LOGINS["loom_username"], "PGPASSWORD": LOGINS["loom_password"]}
        return self.postgres.sql(query, "loom", **login, PGHOST="127.0.0.1", PGPORT=str(self.postgres.port))

    def insert(self, number: int) -> str:
        """A row; the moment after it was acknowledged. The next one comes in another second."""
        self.loom(f"INSERT INTO rows VALUES ({number})")
        time.sleep(0.01)
        after = self.now()
        time.sleep(0.02)
        return after

    def rows(self) -> list[int]:
        return [int(r) for r in self.loom("SELECT id FROM rows ORDER BY id").split()]

    def now(self) -> str:
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def stretches(self) -> list[Path]:
        return sorted(p for p in (self.archive / "wal").iterdir() if (p / "since").exists())

    def reached(self) -> tuple[int, str]:
        """Until when the archive is complete, by its own words."""
        file = self.stretches()[-1] / "reached"
        if not file.exists():
            return 0, "0/0"
        moment, at = file.read_text().split()
        return int(moment), at

    def caught_up(self) -> None:
        """Waits until the archive has what is there now, and a little more."""
        now = int(time.time())
        assert eventually(lambda: self.reached()[0] > now + 1, 30), self.machine.log()

    def switch(self, times: int = 1) -> None:
        """Fills up a file of the log."""
        for _ in range(times):
            self.postgres.sql("SELECT pg_logical_emit_message(true, 'x', 'y'); SELECT pg_switch_wal()")

    def verdict(self) -> str:
        return self.loom("SELECT kind, good, detail FROM loom_constructs.verdicts ORDER BY at DESC LIMIT 1")

    def probe(self, kind: str) -> bool:
        """Whether a probe of the receiver succeeds."""
        asked = container(self.objects["Deployment/loom-db-archive"], "receive")[kind]["exec"]["command"]
        return self.machine.run([*asked[:2], self.machine.local(asked[2])], self.env).returncode == 0
