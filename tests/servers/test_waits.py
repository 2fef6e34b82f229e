"""The scripts of waits and of the control plane, run by busybox."""

from __future__ import annotations

import os
import socket
import threading
import time

import pytest
import yaml

from loom_constructs import Login, SecretRef, Wait
from tests.conftest import ROOT
from tests.pods import container
from tests.servers.conftest import Machine, answers, free_port


def made(wait: Wait, *, required: bool = True):
    login = Login("x", SecretRef("s").key("k"))
    return wait.container("wait", host="h", port=1, login=login, required=required).manifest()


class Server:
    """Answers every connection with the same bytes; or, without any, keeps it open and says nothing."""

    def __init__(self, reply: bytes | None) -> None:
        self._reply = reply
        self._silent: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.env = {"HOST": "127.0.0.1", "PORT": str(self._listener.getsockname()[1])}
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._reply is None:
                self._silent.append(connection)
                continue
            with connection:
                connection.settimeout(5)
                connection.recv(4096)
                connection.sendall(self._reply)

    def close(self) -> None:
        self._listener.close()


@pytest.mark.parametrize(
    ("status", "any_status", "good"), [(200, False, True), (503, False, False), (405, False, False), (405, True, True)]
)
def test_the_http_check_reads_the_status(
    machine: Machine, shell: str, status: int, any_status: bool, good: bool
) -> None:
    server = Server(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())

    assert answers(machine, shell, made(Wait.http("busybox:1", "/health", any_status=any_status)), server.env) is good
    server.close()


@pytest.mark.parametrize("wait", [Wait.http("busybox:1", "/"), Wait.grpc("busybox:1"), Wait.nats("busybox:1")])
def test_a_server_that_only_accepts_does_not_answer(machine: Machine, shell: str, wait: Wait) -> None:
    server = Server(b"")

    assert not answers(machine, shell, made(wait), server.env)
    server.close()


@pytest.mark.parametrize("wait", [Wait.http("busybox:1", "/"), Wait.grpc("busybox:1"), Wait.nats("busybox:1")])
def test_a_server_that_accepts_and_says_nothing_does_not_hold_the_wait_for_ever(
    machine: Machine, shell: str, wait: Wait
) -> None:
    server = Server(None)
    began = time.monotonic()

    assert not answers(machine, shell, made(wait), server.env)
    assert time.monotonic() - began < 10
    server.close()


def test_an_optional_wait_goes_on(machine: Machine, shell: str) -> None:
    env = {"HOST": "127.0.0.1", "PORT": str(free_port())}

    assert answers(machine, shell, made(Wait.grpc("busybox:1"), required=False), env)
    assert not answers(machine, shell, made(Wait.grpc("busybox:1"), required=True), env)


@pytest.mark.parametrize(("status", "good"), [(1, True), (2, False)])
def test_the_grpc_check_wants_serving(machine: Machine, shell: str, status: int, good: bool) -> None:
    server = Server(
        b"\x00\x00\x00\x04\x00\x00\x00\x00\x00" + bytes([0, 0, 7, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 8, status])
    )

    assert answers(machine, shell, made(Wait.grpc("busybox:1", "a.B")), server.env) is good
    server.close()


NEW = """#!/bin/sh
case "$1" in -help) echo "  -migrate run the migrations" >&2; exit 2 ;; -migrate) echo migrated ;; *) exit 9 ;; esac
"""
OLD = """#!/bin/sh
case "$1" in -help) echo "  -config path" >&2; exit 2 ;; *) echo "flag provided but not defined" >&2; exit 2 ;; esac
"""


@pytest.mark.parametrize(
    ("program", "secret", "config", "code", "said"),
    [
        (NEW, "x" * 32, True, 0, "migrated"),
        (OLD, "x" * 32, True, 0, "this release has no -migrate"),
        (OLD, "x" * 31, True, 1, "jwt-secret must have at least 32 bytes, got 31"),
        (NEW, "", True, 1, "jwt-secret must have at least 32 bytes, got 0"),
        (NEW, "x" * 32, False, 1, "cannot be read"),
    ],
)
def test_migrate_works_with_a_program_that_knows_it_and_one_that_does_not(
    machine: Machine, shell: str, program: str, secret: str, config: bool, code: int, said: str
) -> None:
    objects = yaml.safe_load_all((ROOT / "dist" / "local" / "loom.k8s.yaml").read_text())
    job = next(o for o in objects if o["kind"] == "Job")
    machine.write("/app/loom", program).chmod(0o755)
    path = machine.write("/app/config.yaml", "a: b") if config else machine.path("/app/missing.yaml")
    script = container(job, "migrate")["command"][2].replace("/app/loom", str(machine.path("/app/loom")))

    env = {"PATH": f"{shell}:{os.environ['PATH']}", "CONFIG_PATH": str(path), "JWT_SECRET": secret}
    done = machine.run([f"{shell}/sh", "-c", script], env)

    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr
