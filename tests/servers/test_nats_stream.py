"""The stream's Job and the Deployment that holds its replicas, as rendered, on real servers."""

from __future__ import annotations

import json
import re
import time

import pytest

from tests.servers.conftest import Machine, answers, eventually
from tests.servers.nats_cluster import NatsCluster, rendered, script, variables
from tests.servers.test_nats import container, objects


def make(nats: NatsCluster, shell: str, **changes: object) -> tuple[int, str]:
    """Runs the Job's script; returns its exit code and what it said."""
    machine = nats.machine
    config = "loom-stream-config"
    path = script(machine, config, "make.sh")
    script(machine, config, "stream.json")
    wanted = machine.path(f"/etc/{config}/stream.json")
    wanted.write_text(json.dumps({**json.loads(wanted.read_text()), **changes}))
    env = {**nats.env("stream"), "FILES": str(wanted.parent), "PATH": f"{shell}:{nats.machine._env(None)['PATH']}"}
    done = machine.run([f"{shell}/sh", path], env)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def nats(machine: Machine) -> NatsCluster:
    return NatsCluster(machine, servers=1)


@pytest.fixture
def three(machine: Machine) -> NatsCluster:
    return NatsCluster(machine)


def test_the_job_makes_the_stream_edits_what_is_safe_and_refuses_what_loses_messages(
    nats: NatsCluster, shell: str
) -> None:
    one = {"num_replicas": 1}
    assert make(nats, shell, **one) == (0, "stream LOOM is made\n")
    nats.publish("loom.tasks.a", 10)
    assert make(nats, shell, **one) == (0, "stream LOOM is as it shall be\n")
    wider = {**one, "max_bytes": 2 << 30, "subjects": ["loom.>", "more.>"]}
    assert make(nats, shell, **wider) == (0, "stream LOOM is edited\n")
    kept = nats.call("STREAM.INFO.LOOM", {})["config"]
    assert kept["max_bytes"] == 2 << 30 and kept["subjects"] == ["loom.>", "more.>"]

    for change, said in (
        ({"max_bytes": 1 << 30}, "max_bytes 2147483648 to 1073741824"),
        ({"max_age": 3_600_000_000_000}, "max_age 86400000000000 ns to 3600000000000 ns"),
        ({"retention": "workqueue"}, "retention limits to workqueue"),
        ({"storage": "memory"}, "storage file to memory"),
        ({"subjects": ["loom.>"]}, "subject more.> would no longer be kept"),
    ):
        code, text = make(nats, shell, **{**wider, **change})
        assert code == 1 and said in text, text
    assert nats.call("STREAM.INFO.LOOM", {})["config"] == kept
    assert nats.state()["messages"] == 10


def test_the_job_never_takes_replicas_away(three: NatsCluster, shell: str) -> None:
    assert make(three, shell)[0] == 0
    assert make(three, shell, num_replicas=1) == (0, "stream LOOM is as it shall be\n")
    assert three.call("STREAM.INFO.LOOM", {})["config"]["num_replicas"] == 3


def test_the_job_says_why_it_cannot(nats: NatsCluster, shell: str) -> None:
    code, text = make(nats, shell, num_replicas=3)

    assert code == 1 and "replicas > 1 not supported in non-clustered mode" in text


def test_replicas_that_a_program_takes_come_back_and_all_messages_stay(three: NatsCluster, shell: str) -> None:
    assert make(three, shell)[0] == 0
    three.publish("loom.tasks.a", 100)
    keeper = rendered("Deployment", "loom-stream-replicas")
    # longer than this takes: what it does is because the server says so
    env = {**variables(keeper, "hold", three.machine), **three.env("stream", server=1), "PERIOD": "120"}
    hold = script(three.machine, "loom-stream-config", "hold.sh")
    process = three.machine.start([f"{shell}/sh", hold], env)
    try:
        assert eventually(lambda: "shall have 3 replicas" in three.machine.log())
        time.sleep(2)
        lasted = []
        for round_ in (1, 2):
            taken = {**three.call("STREAM.INFO.LOOM", {})["config"], "num_replicas": 1}
            assert three.call("STREAM.UPDATE.LOOM", taken)["config"]["num_replicas"] == 1
            said = eventually(lambda n=round_: (f := _windows(three.machine.log())) and len(f) == n and f, 60)
            assert said, three.machine.log()
            lasted.append(int(said[-1]))
            info = three.call("STREAM.INFO.LOOM", {})
            assert info["config"]["num_replicas"] == 3
            assert [r["current"] for r in info["cluster"]["replicas"]] == [True, True]
        print(f"\nwithout its replicas for {lasted} ms")
        assert max(lasted) < 30_000
        assert three.state()["messages"] == 100
        assert "at most" not in three.machine.log()
        process.terminate()
        assert process.wait(20) == 143
    finally:
        process.kill()


def _windows(log: str) -> list[str]:
    return re.findall(r"not whole for (?:at most )?(\d+) ms", log)


def test_what_was_taken_while_nobody_listened_is_found_at_the_next_look(three: NatsCluster, shell: str) -> None:
    assert make(three, shell)[0] == 0
    taken = {**three.call("STREAM.INFO.LOOM", {})["config"], "num_replicas": 1}
    three.call("STREAM.UPDATE.LOOM", taken)
    keeper = rendered("Deployment", "loom-stream-replicas")
    env = {**variables(keeper, "hold", three.machine), **three.env("stream")}
    three.machine.start([f"{shell}/sh", script(three.machine, "loom-stream-config", "hold.sh")], env)

    assert eventually(lambda: "given back: yes, not whole for at most" in three.machine.log()), three.machine.log()


def test_programs_wait_for_the_stream_and_not_only_for_the_server(nats: NatsCluster, shell: str) -> None:
    loom = next(o for o in objects("local", "loom") if o["kind"] == "Deployment" and o["metadata"]["name"] == "loom")
    wait = container(loom, "wait-for-nats")
    env = {"HOST": "127.0.0.1", "PORT": str(nats.ports[0]), "LOGIN_USER": "control-plane", "LOGIN_PASSWORD": "12345e1"}

    assert not answers(nats.machine, shell, wait, env)
    assert make(nats, shell, num_replicas=1)[0] == 0
    assert answers(nats.machine, shell, wait, env)


def test_one_server_has_nobody_who_holds_replicas() -> None:
    names = {o["metadata"]["name"] for o in objects("local")}

    assert "loom-stream-replicas" not in names
    assert any(re.fullmatch(r"loom-stream-[0-9a-f]{8}", name) for name in names)
