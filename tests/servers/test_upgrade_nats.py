"""Three NATS servers from 2.12 to the newest release, one at a time, as docs/how-to/upgrade-nats.md says."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import kube
from tests.pods import container
from tests.servers.conftest import Machine, eventually, free_port, needed, next_release
from tests.servers.test_nats import PASSWORDS, conf_of, environment_of, server_of

USER, PASSWORD = "control-plane", PASSWORDS["CONTROL_PLANE"]
STREAM = {"name": "LOOM", "subjects": ["loom.>"], "storage": "file", "num_replicas": 3}


class Server:
    """One of the three, in a folder of its own."""

    def __init__(self, machine: Machine, name: str, ports: dict[str, int], routes: Sequence[int]) -> None:
        self.machine, self.name, self.port, self.http = machine, name, ports["client"], ports["http"]
        replaced = {
            "port: 4222": f"port: {ports['client']}",
            "http_port: 8222": f"http_port: {ports['http']}",
            "port: 6222": f"port: {ports['cluster']}",
            # one client, which is elsewhere at once
            "lame_duck_grace_period: 10s": "lame_duck_grace_period: 2s",
        }
        for number, route in enumerate(routes):
            replaced[f"nats://nats-{number}.nats-headless:6222"] = f"nats://127.0.0.1:{route}"
        # every server of this machine has the same paths inside, so each has its own folder
        self._inside = f"/{name}"
        text = conf_of("production")
        for old, new in replaced.items():
            assert old in text, old
            text = text.replace(old, new)
        for path in ("/data", "/var/run/nats"):
            machine.folders(f"{self._inside}{path}")
            text = text.replace(f" {path}", f" {machine.path(self._inside + path)}")
        self.conf = machine.path(f"{self._inside}/nats.conf")
        self.conf.write_text(text)
        self.process: Any = None
        self.version = ""

    def start(self, program: str) -> None:
        """Starts a release on the data that is there, and waits as its startup probe does."""
        env = environment_of(server_of("production"), self.name)
        self.process = self.machine.start([program, "--config", str(self.conf)], env)
        assert eventually(self.is_whole, 60), self.machine.log()

    def stop(self) -> None:
        """The rendered preStop, and then what the kubelet sends."""
        pid = self.machine.path(f"{self._inside}/var/run/nats/nats.pid")
        command = container(server_of("production"), "nats")["lifecycle"]["preStop"]["exec"]["command"]
        done = self.machine.run([c.replace("/var/run/nats/nats.pid", str(pid)) for c in command])
        assert done.returncode == 0, done.stderr
        self.kill()  # it ends when its clients have gone, and not before

    def kill(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    def get(self, path: str) -> dict[str, Any]:
        """Its monitoring port."""
        with socket.create_connection(("127.0.0.1", self.http), timeout=5) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            answer: dict[str, Any] = json.loads(connection.makefile("rb").read().partition(b"\r\n\r\n")[2])
            return answer

    def is_whole(self) -> bool:
        """The startup probe: streams have caught up."""
        try:
            return self.get("/healthz")["status"] == "ok"
        except (OSError, ValueError, KeyError):
            return False

    def call(self, call: str, body: dict[str, Any]) -> dict[str, Any]:
        return kube.jetstream(self.port, USER, PASSWORD, call, body)


class Writer(threading.Thread):
    """Publishes numbers; what is acknowledged is written down with its sequence, and nothing else is."""

    def __init__(self, ports: Sequence[int]) -> None:
        super().__init__(daemon=True)
        self.ports, self.acknowledged, self.longest, self.errors = ports, dict[int, int](), 0.0, 0
        self._over = threading.Event()

    def run(self) -> None:
        number, turn, last = 0, 0, time.monotonic()
        while not self._over.is_set():
            turn += 1
            try:
                with socket.create_connection(("127.0.0.1", self.ports[turn % 3]), timeout=2) as connection:
                    stream = connection.makefile("rwb")
                    stream.readline()
                    login = json.dumps({"verbose": False, "user": USER, "pass": PASSWORD}).encode()
                    stream.write(b"CONNECT " + login + b"\r\nSUB _INBOX.writer 1\r\n")
                    while not self._over.is_set():
                        number += 1
                        text = str(number).encode()
                        stream.write(b"PUB loom.proof _INBOX.writer %d\r\n%s\r\n" % (len(text), text))
                        stream.flush()
                        self.acknowledged[self._answer(stream)] = number
                        now = time.monotonic()
                        self.longest, last = max(self.longest, now - last), now
                        time.sleep(0.005)
            except (OSError, ValueError, KeyError):
                self.errors += 1
                time.sleep(0.05)

    @staticmethod
    def _answer(stream: Any) -> int:
        while True:
            line = stream.readline()
            if not line:
                raise OSError("the server has gone")
            if line.startswith(b"PING"):
                stream.write(b"PONG\r\n")
                stream.flush()
            if line.startswith(b"MSG"):
                body = stream.read(int(line.split()[-1]) + 2)
                return int(json.loads(body)["seq"])

    def stop(self) -> None:
        self._over.set()
        self.join(30)


@pytest.fixture
def servers(machine: Machine) -> Iterator[list[Server]]:
    needed("nats-server")
    ports = [{name: free_port() for name in ("client", "http", "cluster")} for _ in range(3)]
    routes = [p["cluster"] for p in ports]
    made = [Server(machine, f"nats-{n}", p, routes) for n, p in enumerate(ports)]
    yield made


def both() -> tuple[str, str]:
    """The program of today, and the next one."""
    return shutil.which("nats-server") or "", str(next_release("nats-server"))


def begin(servers: Sequence[Server], program: str, stream: dict[str, Any] | None = None) -> None:
    """All three at once, as `Parallel` does, and a stream."""
    env = [environment_of(server_of("production"), s.name) for s in servers]
    for server, its in zip(servers, env, strict=True):
        server.process = server.machine.start([program, "--config", str(server.conf)], its)
    assert eventually(lambda: all(s.is_whole() for s in servers), 60), servers[0].machine.log()
    made = servers[0].call("STREAM.CREATE.LOOM", stream or STREAM)
    assert "error" not in made, made


def messages(server: Server) -> dict[int, int]:
    """What is in the stream, by sequence, as JetStream itself says."""
    found: dict[int, int] = {}
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        stream = connection.makefile("rwb")
        login = json.dumps({"verbose": False, "user": USER, "pass": PASSWORD}).encode()
        stream.write(b"CONNECT " + login + b"\r\nSUB _INBOX.reader 1\r\n")
        # with a name, because whoever makes consumers may only make such ones
        name = f"reader-{uuid.uuid4().hex}"
        consumer = {"name": name, "ack_policy": "none", "deliver_subject": "_INBOX.reader", "inactive_threshold": 10**9}
        body = json.dumps({"stream_name": "LOOM", "config": consumer}).encode()
        stream.write(b"PUB $JS.API.CONSUMER.CREATE.LOOM.%s _INBOX.none %d\r\n%s\r\n" % (name.encode(), len(body), body))
        stream.flush()
        pending = 1
        while pending:
            line = stream.readline().split()
            if line and line[0] == b"MSG":
                # $JS.ACK.<stream>.<consumer>.<delivered>.<sequence>.<of the consumer>.<time>.<pending>
                reply = line[3].split(b".")
                found[int(reply[5])], pending = int(stream.read(int(line[-1]) + 2)), int(reply[8])
    return found


def roll(servers: Sequence[Server], program: str) -> list[int]:
    """The highest first, the next one when it is whole; returns how many were up at the least, each time."""
    least = []
    for server in reversed(servers):
        server.stop()
        least.append(sum(s.is_whole() for s in servers))
        server.start(program)
        assert eventually(lambda: current(servers) == 3, 30), "a replica does not catch up"
    return least


def current(servers: Sequence[Server]) -> int:
    """How many replicas of the stream are up to date."""
    for server in servers:
        try:
            cluster = server.call("STREAM.INFO.LOOM", {})["cluster"]
            return 1 + sum(r["current"] and not r.get("offline") for r in cluster.get("replicas", []))
        except (OSError, AssertionError, KeyError):
            continue
    return 0


def versions(servers: Sequence[Server]) -> set[str]:
    return {".".join(s.get("/varz")["version"].split(".")[:2]) for s in servers}


def test_rolled_one_by_one_nothing_is_lost(servers: list[Server]) -> None:
    today, newer = both()
    begin(servers, today)
    assert versions(servers) == {"2.12"}
    writer = Writer([s.port for s in servers])
    writer.start()
    time.sleep(1)

    least = roll(servers, newer)

    time.sleep(1)
    writer.stop()
    assert least == [2, 2, 2], "the other two were up all the time"
    assert len(versions(servers)) == 1 and "2.12" not in versions(servers)
    there = messages(servers[0])
    lost = {s: n for s, n in writer.acknowledged.items() if there.get(s) != n}
    print(f"\n{len(writer.acknowledged)} acknowledged, {len(lost)} lost, longest pause {writer.longest:.2f} s")
    assert len(writer.acknowledged) > 200 and not lost
    # what reads the stream sees a loss
    less = servers[0].call("STREAM.UPDATE.LOOM", {**STREAM, "max_msgs": len(there) - 1})
    assert "error" not in less, less
    left = messages(servers[0])
    assert [s for s, n in writer.acknowledged.items() if left.get(s) != n] == [min(there)]


@pytest.mark.long
def test_the_way_back_with_what_the_older_release_knows(servers: list[Server]) -> None:
    today, newer = both()
    begin(servers, newer)
    writer = Writer([s.port for s in servers])
    writer.start()
    time.sleep(1)

    roll(servers, today)

    writer.stop()
    assert versions(servers) == {"2.12"}
    there = messages(servers[0])
    assert writer.acknowledged and all(there.get(s) == n for s, n in writer.acknowledged.items())


@pytest.mark.long
def test_what_only_the_newer_release_knows_is_offline_on_the_older_one(servers: list[Server]) -> None:
    today, newer = both()
    begin(servers, newer, {**STREAM, "allow_batched": True})
    writer = Writer([s.port for s in servers])
    writer.start()
    time.sleep(1)
    writer.stop()
    restart(servers, today)

    answer = eventually(lambda: _error(servers[0]), 30)

    print(f"\n2.12 says: {answer}")
    assert "offline" in answer
    restart(servers, newer)
    assert eventually(lambda: current(servers) == 3, 60), servers[0].machine.log()
    there = messages(servers[0])
    assert writer.acknowledged and all(there.get(s) == n for s, n in writer.acknowledged.items())


def restart(servers: Sequence[Server], program: str) -> None:
    """All at once; whether streams are whole is not asked."""
    for server in servers:
        server.kill()
    for server in servers:
        env = environment_of(server_of("production"), server.name)
        server.process = server.machine.start([program, "--config", str(server.conf)], env)


def _error(server: Server) -> str:
    try:
        return str(server.call("STREAM.INFO.LOOM", {})["error"]["description"])
    except (OSError, AssertionError, KeyError):
        return ""


@pytest.mark.parametrize("environment", ["local", "staging", "production"])
def test_the_newer_server_takes_the_configuration(machine: Machine, environment: str) -> None:
    _, newer = both()
    machine.folders("var/run/nats", "data")
    conf: Path = machine.write("/etc/nats/nats.conf", conf_of(environment))

    done = machine.run([newer, "-t", "-c", str(conf)], environment_of(server_of(environment), "nats-0"))

    assert done.returncode == 0, done.stderr
