"""A stream's backup, drill and restore, as rendered, on real servers."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.servers.conftest import Machine, eventually, free_port
from tests.servers.nats_cluster import NatsCluster, rendered, script, variables

CONFIG = "loom-stream-backup-config"
Run = Callable[..., tuple[int, str]]


@pytest.fixture(params=[1])
def nats(machine: Machine, request: pytest.FixtureRequest) -> NatsCluster:
    made = NatsCluster(machine, servers=request.param)
    config = json.loads(rendered("ConfigMap", "loom-stream-config")["data"]["stream.json"])
    assert "error" not in made.call("STREAM.CREATE.LOOM", {**config, "num_replicas": request.param})
    return made


@pytest.fixture
def run(nats: NatsCluster, machine: Machine, shell: str) -> Run:
    """Runs one of the Jobs to its end; returns its exit code and what it said."""
    machine.folders("var/backup", "tmp/scratch", "etc")

    def run(name: str, **env: str) -> tuple[int, str]:
        cron_job = rendered("CronJob", "loom-stream-backup" if name == "backup" else f"loom-stream-backup-{name}")
        told = variables(cron_job, name, machine)
        path = {"PATH": f"{shell}:{machine._env(None)['PATH']}"}
        beside = None
        for left in machine.path("tmp/scratch").iterdir():
            machine.run(["rm", "-rf", str(left)])
        if name == "drill":
            port = str(free_port())
            server = {**variables(cron_job, "server", machine), **path, "PORT": port}
            beside = machine.start([f"{shell}/sh", script(machine, CONFIG, "drill-server.sh")], server)
            told["NATS_URL"] = f"nats://127.0.0.1:{port}"
        else:
            told |= nats.env(f"stream-{name}")
        done = machine.run([f"{shell}/sh", script(machine, CONFIG, f"{name}.sh")], {**told, **path, **env})
        if beside:
            assert beside.wait(20) == 0, machine.log()
        return done.returncode, done.stdout + done.stderr

    return run


def backups(machine: Machine) -> list[str]:
    return sorted(p.name for p in machine.path("var/backup").iterdir())


@pytest.mark.parametrize("nats", [3], indirect=True)
def test_a_stream_comes_back_with_its_consumers_and_nothing_is_overwritten_unasked(
    nats: NatsCluster, run: Run, machine: Machine
) -> None:
    nats.publish("loom.tasks.a", 500)
    nats.publish("loom.results.a", 20)
    consumer = {"durable_name": "tasks-a", "ack_policy": "explicit", "filter_subject": "loom.tasks.a"}
    made = nats.call("CONSUMER.CREATE.LOOM.tasks-a.loom.tasks.a", {"stream_name": "LOOM", "config": consumer})
    assert "error" not in made, made
    before = nats.state()
    assert before["messages"] == 520

    code, said = run("backup")
    assert code == 0 and "is complete: 520 messages up to 520" in said, said
    [name] = backups(machine)
    code, said = run("drill")
    assert code == 0 and "can be restored: 520 messages up to 520" in said, said

    nats.publish("loom.tasks.a", 3)
    code, said = run("restore")
    assert code == 1 and "stream LOOM must be empty or gone, got 523 messages; nothing was changed" in said, said
    assert nats.state()["messages"] == 523
    code, said = run("restore", OVERWRITE="yes", DRY_RUN="yes")
    assert code == 0 and "dry run" in said and nats.state()["messages"] == 523
    code, said = run("restore", BACKUP="20200101T000000Z")
    assert code == 1 and f"BACKUP must be one of {name}, got 20200101T000000Z" in said

    code, said = run("restore", OVERWRITE="yes")
    assert code == 0 and "stream LOOM is as it was" in said, said
    after = nats.state()
    assert {k: after[k] for k in ("messages", "first_seq", "last_seq", "num_subjects")} == {
        k: before[k] for k in ("messages", "first_seq", "last_seq", "num_subjects")
    }
    assert nats.call("STREAM.INFO.LOOM", {})["config"]["num_replicas"] == 3
    info = nats.call("CONSUMER.INFO.LOOM.tasks-a", {})
    assert info["config"]["filter_subject"] == "loom.tasks.a" and info["num_pending"] == 500

    # a disaster: nothing is there, and nothing needs to be overwritten
    nats.call("STREAM.DELETE.LOOM", {}, user="stream-restore")
    code, said = run("restore")
    assert code == 0 and nats.state()["messages"] == 520, said

    # what Loom's released programs do at each start, and what is done about it
    config = nats.call("STREAM.INFO.LOOM", {})["config"]
    for replicas in (1, 3):
        edited = nats.call("STREAM.UPDATE.LOOM", {**config, "num_replicas": replicas})
        assert edited["config"]["num_replicas"] == replicas, edited
    assert eventually(lambda: nats.answers("STREAM.INFO.LOOM", {}), 30), "the stream no longer answers"
    # it may still elect its leader: who publishes tries again, as clients do
    publish = ("publish", "--jetstream", "--quiet", "loom.tasks.a", "m")
    assert eventually(lambda: nats.nats(*publish).returncode == 0, 60), "the stream takes no messages"
    assert nats.state()["messages"] == 521


def test_the_drill_notices_what_is_wrong(run: Run, nats: NatsCluster, machine: Machine) -> None:
    assert run("drill") == (1, "there is no backup\n")
    nats.publish("loom.tasks.a", 50)
    assert run("backup")[0] == 0
    folder = machine.path("var/backup") / backups(machine)[0]
    data = folder / "stream" / "stream.tar.s2"
    good = data.read_bytes()

    data.write_bytes(good[:-100])
    code, said = run("drill")
    assert code == 1 and "is damaged: a checksum differs" in said, said
    _sums(folder, machine)
    code, said = run("drill")
    assert code == 1 and "cannot be restored" in said, said

    data.write_bytes(good)
    state = json.loads((folder / "before.json").read_text())
    for wrong, message in (
        ({"messages": 51}, "it has 50 messages, not at least 51"),
        ({"last_seq": 51}, "its last message is 50, not from 51 to 50"),
        ({"consumer_count": 0}, None),
    ):
        (folder / "before.json").write_text(json.dumps({**state, **wrong}))
        _sums(folder, machine)
        code, said = run("drill")
        assert (code == 0) if message is None else (code == 1 and message in said), said

    (folder / "taken").write_text("1\n")
    _sums(folder, machine)
    code, said = run("drill")
    assert code == 1 and "hours old, more than 2" in said, said


def _sums(folder: object, machine: Machine) -> None:
    done = machine.run(
        ["sh", "-c", f"cd {folder} && find . -type f ! -name SHA256SUMS -exec sha256sum {{}} + >SHA256SUMS"]
    )
    assert done.returncode == 0, done.stderr


def test_old_backups_go_and_a_failed_one_leaves_none(run: Run, nats: NatsCluster, machine: Machine) -> None:
    nats.publish("loom.tasks.a", 1)
    old = [f"2020010{n}T000000Z" for n in range(1, 6)]
    for name in old:
        machine.folders(f"var/backup/{name}")
    machine.folders("var/backup/.partial-20200106T000000Z")

    assert run("backup")[0] == 0
    assert len(backups(machine)) == 4 and backups(machine)[:3] == old[-3:]
    nats.call("STREAM.DELETE.LOOM", {}, user="stream-restore")
    code, said = run("backup")
    assert code == 1 and "stream LOOM: stream not found" in said, said
    assert [b for b in backups(machine) if not b.startswith(".")] == backups(machine)[-4:]
