"""What each user of NATS may do: all that its program does, and nothing that it has no business with."""

from __future__ import annotations

import json
import socket

import pytest

from tests.servers.conftest import Machine
from tests.servers.nats_cluster import NatsCluster
from tests.servers.test_nats import PASSWORDS

API, ACK = "$JS.API.", "$JS.ACK.LOOM.tasks-a.1.2.3.4.5"
# read in the programs, and in the client that they are made with (nats.go): not what is rendered
STREAM = [f"{API}STREAM.{call}" for call in ("INFO.LOOM", "CREATE.LOOM", "UPDATE.LOOM", "NAMES")]
CONSUMER = [
    f"{API}CONSUMER.{call}"
    for call in (
        "CREATE.LOOM.tasks-a",
        "CREATE.LOOM.tasks-a-coder.loom.tasks.a.coder",
        "DURABLE.CREATE.LOOM.tasks-a",
        "INFO.LOOM.tasks-a",
        "DELETE.LOOM.tasks-a",
        "MSG.NEXT.LOOM.tasks-a",
    )
]
USES = {
    "control-plane": (
        [
            *STREAM,
            *CONSUMER,
            ACK,
            f"{API}INFO",
            "loom.tasks.a",
            "loom.tasks.a.coder",
            "loom.plans.a",
            "loom.reviews.a",
            "loom.events.bead",
            "loom.swarm.announce",
            "loom.agent.messages.x",
            "loom.agent.messages.broadcast",
        ],
        ["_INBOX.abc.*", "loom.swarm.>", "loom.agent.messages.broadcast", "loom.events.heartbeat", "loom.results.*"],
    ),
    "agents": (
        [
            *STREAM,
            *CONSUMER,
            ACK,
            f"{API}INFO",
            "loom.results.a",
            "loom.events.heartbeat",
            "loom.swarm.announce",
            "loom.agent.messages.x",
            "loom.agent.messages.broadcast",
            "loom.plans.a",
            "loom.reviews.a",
        ],
        ["_INBOX.abc.*", "loom.swarm.>", "loom.agent.messages.broadcast", "loom.agent.messages.pod-1"],
    ),
    "connectors": (["loom.events.github", f"{API}STREAM.INFO.LOOM", f"{API}INFO"], ["_INBOX.abc.*"]),
    "stream": (
        [f"{API}INFO", f"{API}STREAM.INFO.LOOM", f"{API}STREAM.CREATE.LOOM", f"{API}STREAM.UPDATE.LOOM"],
        ["_INBOX.abc.*", "$JS.EVENT.ADVISORY.STREAM.UPDATED.LOOM"],
    ),
    "stream-backup": (
        [f"{API}STREAM.INFO.LOOM", f"{API}STREAM.SNAPSHOT.LOOM", "$JS.SNAPSHOT.ACK.LOOM.x"],
        ["_INBOX.abc.*"],
    ),
    "stream-restore": (
        [
            f"{API}STREAM.INFO.LOOM",
            f"{API}STREAM.DELETE.LOOM",
            f"{API}STREAM.RESTORE.LOOM",
            f"{API}STREAM.UPDATE.LOOM",
            "$JS.SNAPSHOT.RESTORE.LOOM.x",
        ],
        ["_INBOX.abc.*"],
    ),
}
DESTROYS = [f"{API}STREAM.{call}.LOOM" for call in ("DELETE", "PURGE", "MSG.DELETE", "RESTORE", "LEADER.STEPDOWN")]
OTHERS = [f"{API}STREAM.CREATE.OTHER", f"{API}STREAM.INFO.OTHER", f"{API}STREAM.DELETE.OTHER", "other.subject"]
FORBIDDEN = {
    "control-plane": ([*DESTROYS, *OTHERS, "$SYS.REQ.SERVER.PING"], [">", "$SYS.>", "other.>", "$JS.EVENT.>"]),
    "agents": (
        [*DESTROYS, *OTHERS, "loom.tasks.a", "loom.tasks.a.coder", "loom.events.bead", "loom.events.github"],
        [">", "loom.>", "loom.tasks.>", "loom.results.>", "loom.events.>"],
    ),
    "connectors": (
        [*DESTROYS, *OTHERS, *STREAM[1:], *CONSUMER, ACK, "loom.tasks.a", "loom.results.a", "loom.agent.messages.x"],
        [">", "loom.>", "loom.tasks.>", "loom.events.>", "loom.swarm.>"],
    ),
    "stream": ([*DESTROYS, *OTHERS, *CONSUMER, ACK, "loom.tasks.a"], [">", "loom.>", "$JS.EVENT.>"]),
    "stream-backup": (
        [*DESTROYS, *OTHERS, *CONSUMER, f"{API}STREAM.UPDATE.LOOM", "loom.tasks.a"],
        [">", "loom.>", "$JS.EVENT.>"],
    ),
    "stream-restore": (
        [*OTHERS, *CONSUMER, f"{API}STREAM.UPDATE.OTHER", f"{API}STREAM.PURGE.LOOM", "loom.tasks.a"],
        [">", "loom.>"],
    ),
}


def refusals(port: int, user: str, publish: list[str], subscribe: list[str]) -> set[str]:
    """Tries all of it on the real server; which subjects it refused."""
    password = PASSWORDS[user.upper().replace("-", "_")]
    login = json.dumps({"verbose": False, "pedantic": False, "user": user, "pass": password})
    lines = [f"CONNECT {login}", *(f"PUB {s} 0\r\n" for s in publish)]
    lines += [f"SUB {s} {n}" for n, s in enumerate(subscribe)]
    refused = set()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection, connection.makefile("rwb") as stream:
        stream.write("".join(f"{line}\r\n" for line in [*lines, "PING"]).encode())
        stream.flush()
        while (line := stream.readline().decode()) and not line.startswith("PONG"):
            if line.startswith("-ERR"):
                assert "Permissions Violation" in line, line
                refused.add(line.split('"')[1])
    return refused


def test_each_program_may_do_what_it_does_and_nothing_else(machine: Machine) -> None:
    port = NatsCluster(machine, servers=1).ports[0]
    for user, (does, hears) in USES.items():
        assert refusals(port, user, does, hears) == set(), user
        publish, subscribe = FORBIDDEN[user]
        assert refusals(port, user, publish, subscribe) == {*publish, *subscribe}, user


def test_without_a_user_nobody_gets_in(machine: Machine) -> None:
    port = NatsCluster(machine, servers=1).ports[0]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection, connection.makefile("rwb") as stream:
        stream.write(b"CONNECT {}\r\nPING\r\n")
        stream.flush()
        assert b"Authorization Violation" in stream.read()


@pytest.mark.parametrize("user", sorted(USES))
def test_every_user_is_tried(user: str) -> None:
    assert user in FORBIDDEN
    assert {u.lower().replace("_", "-") for u in PASSWORDS} - {"sys"} == set(USES)
