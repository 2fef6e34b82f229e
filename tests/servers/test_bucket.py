"""Backups in a bucket: the rendered containers, one after the other, with rclone and an S3 server of other people."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cdk8s
import pytest

from loom_constructs import Bucket, Claim, Database, Endpoint, Peer, PostgresBackup, PostgresCluster, SecretRef
from tests.pods import all_containers
from tests.servers.conftest import Machine, eventually, free_port, needed, new_machine
from tests.servers.test_backup import DATABASES, FINGERPRINT, LOOM, _content
from tests.servers.test_postgres import LOGINS, Postgres

SECRETS = {
    "access-key-id": "backups",
    "secret-access-key": "a-secret-of-the-store",
    "key": "one key",
    "key-before": None,
}
READABLE = (b"CREATE ROLE", b"PGDMP", b"public.orders")
"""What stands in roles, dump and numbers of rows as it is."""


class World:
    """PostgreSQL, an S3 server, and the pods that are rendered for them."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.postgres = Postgres(machine)
        assert self.postgres.prepare().returncode == 0
        self.postgres.start()
        self.loom(_content(2000))
        self.before = self.loom(FINGERPRINT)
        machine.folders("s3/loom-backups", "var/backup")
        self.port = free_port()
        root = {
            "ROOT_ACCESS_KEY": SECRETS["access-key-id"] or "",
            "ROOT_SECRET_KEY": SECRETS["secret-access-key"] or "",
        }
        machine.start(
            ["versitygw", "--quiet", "--port", f"127.0.0.1:{self.port}", "posix", str(machine.path("s3"))], root
        )
        eventually(
            lambda: (
                not subprocess.run(["bash", "-c", f"</dev/tcp/127.0.0.1/{self.port}"], capture_output=True).returncode
            )
        )

    def loom(self, query: str) -> str:
        return self.postgres.sql(query, "loom", **LOOM, PGHOST="127.0.0.1", PGPORT=str(self.postgres.port))

    def verdict(self) -> str:
        return self.loom("SELECT kind, good, rows, detail FROM loom_constructs.verdicts ORDER BY at DESC LIMIT 1")


class Backups:
    """One way to keep backups: its rendered pods, run here."""

    def __init__(self, world: World, folder: Path, prefix: str, *, bucket: bool, encrypted: bool) -> None:
        self.world, self.machine = world, world.machine
        chart = cdk8s.Chart(cdk8s.App(outdir=str(folder)), "data", namespace="loom", disable_resource_name_hashes=True)
        store = Endpoint(Peer.outside("store", "127.0.0.1/32"), "s3", "127.0.0.1", world.port, scheme="http")
        secret = SecretRef("loom-backup")
        PostgresBackup(
            chart,
            "backup",
            of=PostgresCluster(chart, "postgres", databases=[Database(name, SecretRef("login")) for name in DATABASES]),
            to=Bucket("loom-backups", endpoint=store, prefix=prefix, credentials=secret)
            if bucket
            else Claim(cdk8s.Size.gibibytes(1)),
            encryption=secret.key("key") if encrypted else None,
            keep=2,
        )
        objects = cdk8s.Testing.synth(chart)
        [config] = [o for o in objects if o["metadata"]["name"] == "loom-db-backup-config"]
        for name, text in config["data"].items():
            self.machine.write(f"/etc/postgresql-backup/{name}", text)
        self.jobs = {o["metadata"]["name"]: o for o in objects if o["kind"] == "CronJob"}
        self.objects = self.machine.path(f"s3/loom-backups/{prefix}" if bucket else "var/backup")

    def run(self, script: str, *, secrets: dict[str, str] | None = None, **env: str) -> Any:
        """A pod with an empty disk: each container after the one before has succeeded."""
        shutil.rmtree(self.machine.path("tmp/scratch"), ignore_errors=True)
        self.machine.folders("tmp/scratch")
        for container in self.containers(script):
            done = self.machine.run(container["command"], self.env(container, secrets, env), timeout=120)
            if done.returncode:
                break
        return done

    def containers(self, script: str) -> list[Any]:
        name = "loom-db-backup" if script == "backup" else f"loom-db-backup-{script}"
        made = [c for c in all_containers(self.jobs[name]) if not c["name"].startswith("wait-for")]
        return [{**c, "command": ["sh", str(self.machine.path(c["command"][1]))]} for c in made]

    def env(self, container: Any, secrets: dict[str, str] | None, more: dict[str, str]) -> dict[str, str]:
        env = dict(LOGINS)
        for variable in container["env"]:
            if "value" in variable:
                value = variable["value"]
                here = value.startswith(("/tmp", "/etc", "/var"))
                env[variable["name"]] = str(self.machine.path(value)) + "/" * value.endswith("/") if here else value
            elif variable["valueFrom"]["secretKeyRef"]["name"] == "loom-backup":
                held = {**SECRETS, **(secrets or {})}[variable["valueFrom"]["secretKeyRef"]["key"]]
                if held is not None:
                    env[variable["name"]] = held
        return {**env, "PGHOST": "127.0.0.1", "PGPORT": str(self.world.postgres.port), **more}

    def names(self) -> list[str]:
        return sorted(p.name for p in self.objects.iterdir()) if self.objects.exists() else []

    def newest(self) -> Path:
        return self.objects / self.names()[-1]

    def change(self, name: str, content: bytes) -> None:
        """Writes an object as a client of the store does, and the checksums that go with it."""
        work = Path(tempfile.mkdtemp())
        try:
            for each in self.newest().iterdir():
                if each.name != "SHA256SUMS":
                    (work / each.name).write_bytes(content if each.name == name else each.read_bytes())
            subprocess.run(["sh", "-c", "sha256sum ./* >SHA256SUMS"], cwd=work, check=True)
            [container] = [c for c in self.containers("drill") if c["name"] == "fetch"]
            env = {**os.environ, **self.env(container, None, {})}
            subprocess.run(["rclone", "copy", str(work), f"{env['TO']}{self.newest().name}"], env=env, check=True)
        finally:
            shutil.rmtree(work)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    needed("pg_dump", "pg_restore", "initdb", "rclone", "versitygw")
    with new_machine() as machine:
        yield World(machine)


@pytest.fixture
def encrypted(world: World, tmp_path: Path) -> Backups:
    return Backups(world, tmp_path, tmp_path.name.replace("_", "-"), bucket=True, encrypted=True)


@pytest.fixture
def plain(world: World, tmp_path: Path) -> Backups:
    return Backups(world, tmp_path, tmp_path.name.replace("_", "-"), bucket=True, encrypted=False)


@pytest.fixture
def on_claim(world: World, tmp_path: Path) -> Iterator[Backups]:
    made = Backups(world, tmp_path, "", bucket=False, encrypted=True)
    yield made
    for name in made.names():
        shutil.rmtree(made.objects / name)


def refused(done: Any, world: World, kind: str, message: str) -> None:
    """A failed Job, and a row that says why."""
    assert done.returncode == 1, done.stdout
    assert message in done.stderr
    said, good, _, detail = world.verdict().split("|", 3)
    assert (said, good) == (kind, "f") and message in detail


def readable(backups: Backups) -> list[bytes]:
    everything = b"".join(p.read_bytes() for p in backups.newest().iterdir())
    return [text for text in READABLE if text in everything]


def test_to_the_bucket_and_back_and_nothing_in_it_can_be_read(world: World, encrypted: Backups) -> None:
    done = encrypted.run("backup")
    assert done.returncode == 0 and "is complete" in done.stdout, done.stderr
    kind, good, rows, _ = world.verdict().split("|")
    assert (kind, good) == ("backup", "t") and int(rows) >= 2501
    assert readable(encrypted) == []

    drill = encrypted.run("drill")
    assert drill.returncode == 0 and "can be restored" in drill.stdout, drill.stderr
    assert world.verdict().startswith(f"drill|t|{rows}|")

    world.loom("DROP SCHEMA app CASCADE; DROP TABLE public.orders; SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
    restored = encrypted.run("restore", DATABASE_TO_RESTORE="loom")
    assert restored.returncode == 0, restored.stderr
    assert world.loom(FINGERPRINT) == world.before


def test_without_a_key_it_can_be_read_and_restored(world: World, plain: Backups) -> None:
    assert plain.run("backup").returncode == 0

    assert readable(plain) == list(READABLE)
    assert plain.run("drill").returncode == 0
    dry = plain.run("restore", DATABASE_TO_RESTORE="loom", OVERWRITE="yes", DRY_RUN="yes")
    assert dry.returncode == 0 and "dry run" in dry.stdout and "public.orders|2000" in dry.stdout
    full = plain.run("restore", DATABASE_TO_RESTORE="loom")
    assert full.returncode == 1 and "database loom must be empty, got 2 tables" in full.stderr
    wrong = plain.run("restore", DATABASE_TO_RESTORE="loom", BACKUP="20200101T000000Z")
    assert wrong.returncode == 1 and f"BACKUP must be one of {plain.names()[-1]} " in wrong.stderr


def test_the_drill_notices_what_is_wrong_in_the_bucket(world: World, plain: Backups, encrypted: Backups) -> None:
    refused(encrypted.run("drill"), world, "drill", "there is no backup")
    assert encrypted.run("backup").returncode == 0
    name = encrypted.names()[-1]
    wrong = f"backup {name} cannot be decrypted: the key is not the one that it was encrypted with"
    refused(encrypted.run("drill", secrets={"key": "another key"}), world, "drill", wrong)
    refused(encrypted.run("drill", secrets={"key": ""}), world, "drill", "the Secret's key for encryption is empty")
    denied = encrypted.run("drill", secrets={"secret-access-key": "another"})
    refused(denied, world, "drill", "backups cannot be listed: ")

    dump = encrypted.newest() / "loom.dump"
    dump.write_bytes(dump.read_bytes()[:-5000])
    refused(encrypted.run("drill"), world, "drill", f"backup {name} cannot be fetched: a file cannot be decrypted")
    dump.unlink()
    refused(
        encrypted.run("drill"), world, "drill", f"backup {name} is damaged: a checksum differs (./loom.dump: FAILED"
    )

    assert encrypted.run("backup").returncode == 0
    plain.objects = encrypted.objects
    plain.jobs = _without_key(encrypted)
    refused(plain.run("drill"), world, "drill", "is encrypted, and no key is given")


def _without_key(encrypted: Backups) -> Any:
    import copy

    jobs = copy.deepcopy(encrypted.jobs)
    for job in jobs.values():
        for container in all_containers(job):
            if container["name"] in ("fetch", "send"):
                remote = next(v["value"] for v in container["env"] if v["name"] == "RCLONE_CONFIG_SAFE_REMOTE")
                hidden = ("ENCRYPTION_KEY", "RCLONE_CONFIG_SAFE", "TO")
                kept = [v for v in container["env"] if not v["name"].startswith(hidden)]
                container["env"] = [*kept, {"name": "TO", "value": remote}]
    return jobs


def test_the_drill_notices_old_and_incomplete_contents(world: World, plain: Backups) -> None:
    assert plain.run("backup").returncode == 0
    counts = (plain.newest() / "loom.counts").read_bytes()

    plain.change("loom.counts", counts + b"public.gone|7\n")
    refused(plain.run("drill"), world, "drill", "differs: public.gone|7 was there, nothing is restored")

    plain.change("taken", f"{int(time.time()) - 27 * 3600}\n".encode())
    refused(plain.run("drill"), world, "drill", "is 27 hours old, more than 26")


def test_a_backup_that_is_not_taken_by_the_store_fails(world: World, plain: Backups) -> None:
    denied = plain.run("backup", secrets={"secret-access-key": "another"})
    refused(denied, world, "backup", "cannot be stored: SignatureDoesNotMatch")

    nowhere = Backups(world, plain.machine.path("nowhere"), "x", bucket=True, encrypted=False)
    for container in all_containers(nowhere.jobs["loom-db-backup"]):
        for variable in container["env"]:
            if variable["name"] == "TO":
                variable["value"] = "store:no-such-bucket/x/"
    refused(nowhere.run("backup"), world, "backup", "cannot be stored: NoSuchBucket")


def test_what_was_killed_half_way_does_not_count_and_is_tidied_up(world: World, plain: Backups) -> None:
    dump, send, _ = plain.containers("backup")
    shutil.rmtree(plain.machine.path("tmp/scratch"), ignore_errors=True)
    plain.machine.folders("tmp/scratch")
    assert plain.machine.run(dump["command"], plain.env(dump, None, {})).returncode == 0
    slow = {"RCLONE_BWLIMIT": "20k", "RCLONE_TRANSFERS": "1", "RCLONE_CHECKERS": "1"}
    process = plain.machine.start(send["command"], plain.env(send, None, slow))
    eventually(lambda: plain.objects.exists() and list(plain.objects.rglob("*.counts")), seconds=60)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    [half] = plain.names()
    assert process.returncode == -signal.SIGKILL
    assert not (plain.objects / half / "SHA256SUMS").exists() and list((plain.objects / half).iterdir())

    refused(plain.run("drill"), world, "drill", "there is no backup")
    dead = plain.objects / "20200101T000000Z"
    plain.machine.folders(str(dead.relative_to(plain.machine.folder)))
    (dead / "loom.dump").write_bytes(b"half")
    time.sleep(1.1)
    assert plain.run("backup").returncode == 0
    # another Job might still be at the younger one
    assert plain.names() == sorted([half, plain.names()[-1]])
    for _ in range(2):
        time.sleep(1.1)
        assert plain.run("backup").returncode == 0
    assert len([n for n in plain.names() if n != half]) == 2
    assert plain.run("drill").returncode == 0


def test_a_new_key_and_the_one_before_it(world: World, encrypted: Backups) -> None:
    assert encrypted.run("backup").returncode == 0
    rotated = {"key": "a new key", "key-before": "one key"}

    assert encrypted.run("drill", secrets=rotated).returncode == 0
    time.sleep(1.1)
    assert encrypted.run("backup", secrets=rotated).returncode == 0
    assert encrypted.run("drill", secrets={"key": "a new key"}).returncode == 0


def test_an_encrypted_claim(world: World, on_claim: Backups) -> None:
    done = on_claim.run("backup")
    assert done.returncode == 0, done.stderr
    assert readable(on_claim) == []
    assert on_claim.run("drill").returncode == 0

    refused(on_claim.run("drill", secrets={"key": "another key"}), world, "drill", "the key is not the one")
    world.loom("INSERT INTO orders VALUES (-1, 'after the backup')")
    restored = on_claim.run("restore", DATABASE_TO_RESTORE="loom", OVERWRITE="yes")
    assert restored.returncode == 0, restored.stderr
    assert world.loom(FINGERPRINT) == world.before
