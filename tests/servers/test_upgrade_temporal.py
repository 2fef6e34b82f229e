"""Temporal's schema from one minor release to the next, by the rendered Job, as docs/how-to/upgrade-temporal.md says."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.pods import container
from tests.servers.conftest import Machine, answers, eventually, needed
from tests.servers.test_postgres import LOGINS, Postgres

TOOL, SERVER = "temporal-sql-tool", "temporal-server"
STORES = {"temporal": "temporal", "temporal_visibility": "visibility"}
BEFORE, NOW = "v1.30.6", "v1.31.2"
VERSION = "SELECT curr_version FROM schema_version"
NAMESPACE = "INSERT INTO namespaces (partition_id, id, name, notification_version, data, data_encoding, is_global) \
VALUES (54321, '\\x01', 'kept', 0, '\\x', 'Proto3', false)"


def objects() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((ROOT / "dist" / "local" / "temporal.k8s.yaml").read_text()))


def schemas(version: str) -> Path:
    """The schemas of a release, from its source."""
    done = subprocess.run(
        ["go", "mod", "download", "-json", f"go.temporal.io/server@{version}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"needs go.temporal.io/server@{version} from a Go module proxy")
    return Path(json.loads(done.stdout)["Dir"]) / "schema" / "postgresql"


class Temporal:
    """PostgreSQL with Temporal's databases, and the rendered Job and files beside it."""

    def __init__(self, machine: Machine) -> None:
        needed(TOOL, "go")
        self.machine, self.postgres = machine, Postgres(machine)
        assert self.postgres.prepare().returncode == 0
        self.postgres.start()
        self.objects = objects()
        self.deployment = next(o for o in self.objects if o["kind"] == "Deployment")

    def image(self, version: str) -> None:
        """The schemas that the image of a release brings."""
        self.machine.folders("etc/temporal/schema")
        target = self.machine.path("/etc/temporal/schema/postgresql")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(schemas(version), target, copy_function=shutil.copyfile)
        for folder, _, files in os.walk(target):
            os.chmod(folder, 0o755)
            for file in files:
                os.chmod(Path(folder) / file, 0o644)

    def schema_job(self) -> subprocess.CompletedProcess[str]:
        """What the rendered Job runs."""
        job = next(o for o in self.objects if o["metadata"]["name"].startswith("temporal-schema-"))
        command = container(job, "schema")["command"]
        env = {
            "SQL_PLUGIN": "postgres12",
            "SQL_HOST": "127.0.0.1",
            "SQL_PORT": str(self.postgres.port),
            "SQL_USER": LOGINS["temporal_username"],
            "SQL_PASSWORD": LOGINS["temporal_password"],
        }
        return self.machine.run([*command[:2], self.machine.local(command[2])], env)

    def sql(self, query: str, database: str = "temporal") -> str:
        return self.postgres.sql(query, database)

    def versions(self) -> list[str]:
        return [self.sql(VERSION, database) for database in STORES]

    def waits(self, shell: str) -> bool:
        """Whether the rendered wait lets a server start."""
        wait = container(self.deployment, "wait-for-schema")
        env = {v["name"]: v["value"] for v in wait["env"] if "value" in v}
        env |= {"HOST": "127.0.0.1", "PORT": str(self.postgres.port), "LOGIN_USER": "temporal", "LOGIN_PASSWORD": "t"}
        return answers(self.machine, shell, wait, env)


@pytest.fixture
def temporal(machine: Machine) -> Iterator[Temporal]:
    yield Temporal(machine)


def good(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_the_schema_of_the_minor_before_is_updated_and_keeps_its_rows(temporal: Temporal, shell: str) -> None:
    temporal.image(BEFORE)
    good(temporal.schema_job())
    assert temporal.versions() == ["1.18", "1.13"]
    assert temporal.sql(NAMESPACE) == "INSERT 0 1"
    assert not temporal.waits(shell), "a server of the new release does not start on the old schema"

    temporal.image(NOW)
    good(temporal.schema_job())

    assert temporal.versions() == ["1.19", "1.14"]
    assert temporal.sql("SELECT name FROM namespaces") == "kept"
    assert temporal.waits(shell)
    # once more, as for a Job that is tried again
    good(temporal.schema_job())
    assert temporal.versions() == ["1.19", "1.14"]


def test_the_job_of_the_older_release_leaves_the_newer_schema_alone(temporal: Temporal) -> None:
    temporal.image(NOW)
    good(temporal.schema_job())
    temporal.image(BEFORE)

    good(temporal.schema_job())

    assert temporal.versions() == ["1.19", "1.14"]


class Running:
    """A server from the rendered configuration, with all roles in one process."""

    def __init__(self, temporal: Temporal, shards: int | None = None) -> None:
        needed(SERVER)
        self.machine = temporal.machine
        files = next(o for o in temporal.objects if o["metadata"]["name"] == "temporal-config")["data"]
        self.machine.write("/etc/temporal/loom/dynamic.yaml", files["dynamic.yaml"])
        text = self.machine.local(files["server.yaml"]).replace("loom-db:5432", f"127.0.0.1:{temporal.postgres.port}")
        self.ports = {port: small_port() for port in (7233, 7234, 7235, 7239, 6933, 6934, 6935, 6939, 9090)}
        for port, free in self.ports.items():
            assert str(port) in text, port
            text = text.replace(str(port), str(free))
        text = text.replace("0.0.0.0", "127.0.0.1")
        if shards:
            text = text.replace("numHistoryShards: 4", f"numHistoryShards: {shards}")
        conf = self.machine.path("/etc/temporal/loom/server.yaml")
        conf.write_text(text)
        env = {
            "POD_IP": "127.0.0.1",
            "SQL_USER": LOGINS["temporal_username"],
            "SQL_PASSWORD": LOGINS["temporal_password"],
            "TEMPORAL_SERVER_CONFIG_FILE_PATH": str(conf),
        }
        services = [f"--service={r}" for r in ("frontend", "history", "matching", "worker")]
        self.process = self.machine.start([SERVER, "start", *services], env)
        self._log = max(self.machine.folder.glob("*.log"), key=lambda path: int(path.stem))

    def log(self) -> str:
        """All that it said."""
        return self._log.read_text(errors="replace")

    def serves(self) -> bool:
        """Whether it has said that it is up."""
        return "Frontend is now healthy" in self.log() and "initial shards ready" in self.log()

    def decided(self) -> bool:
        """Whether it serves, or has ended."""
        return self.process.poll() is not None or self.serves()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def start(temporal: Temporal, **more: int) -> Running:
    """A server that has reached its database. One that has not in time ends; the kubelet starts it again, and so do we."""
    for _ in range(5):
        running = Running(temporal, **more)
        eventually(running.decided, 60)
        if "no usable database connection found" not in running.log():
            return running
    raise AssertionError(running.log()[-3000:])


def small_port() -> int:
    """A free port that Temporal's table of its members can hold: a smallint."""
    while True:
        port = random.randrange(20000, 32000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def test_the_server_starts_on_the_updated_schema_and_on_no_older_one(temporal: Temporal) -> None:
    temporal.image(BEFORE)
    good(temporal.schema_job())
    early = start(temporal)
    assert early.process.wait(60) != 0
    assert "version mismatch" in early.log(), early.log()[-3000:]

    temporal.image(NOW)
    good(temporal.schema_job())
    running = start(temporal)
    assert eventually(running.serves, 60), running.log()[-3000:]
    running.stop()


def test_a_server_keeps_the_number_of_shards_of_its_first_start(temporal: Temporal) -> None:
    temporal.image(NOW)
    good(temporal.schema_job())
    first = start(temporal)
    assert eventually(first.serves, 60), first.log()[-3000:]
    first.stop()
    assert temporal.sql("SELECT count(*) FROM shards") == "4"

    second = start(temporal, shards=8)

    assert eventually(second.serves, 60), second.log()[-3000:]
    assert re.search('"msg":"initial shards ready"[^\n]*"total":4', second.log())
    [said] = [json.loads(line) for line in second.log().splitlines() if "numHistoryShards" in line]
    assert (said["level"], said["ignored-value"], said["value"]) == ("warn", 8, 4)
    second.stop()
