"""What is in the database and in a stream."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import nats
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StreamConfig
from nats.js.errors import NotFoundError

from tests import kube

BATCH = 1000


def sql(namespace: str, *statements: str) -> str:
    """Runs SQL as the superuser, in the pod, on the server's socket; each statement is its own transaction."""
    psql = ["psql", "--username=postgres", "--dbname=loom", "-XAtq", "--set=ON_ERROR_STOP=1"]
    commands = [f"--command={s}" for s in statements]
    return kube.kubectl("exec", "-n", namespace, "loom-db-0", "-c", "postgres", "--", *psql, *commands)


def rows(namespace: str) -> list[str]:
    """The ids in the database, read from the table itself and from no index."""
    return sql(namespace, "COPY loss.writes (id) TO STDOUT").split()


def messages(url: str, stream: str) -> list[str]:
    """The ids in a stream: the contents of all its messages, in their order.

    A stream that has just been moved or lost its volume, or a consumer that has just been placed on such a server, is
    there after a moment.
    """
    found: list[list[str]] = []

    def attempt() -> bool:
        try:
            found.append(asyncio.run(_messages(url, stream)))
        except NatsError as error:
            raise AssertionError(f"{type(error).__name__}: {error}") from error
        return True

    kube.until(f"the messages of {stream}", attempt, seconds=90)
    return found[0]


async def _messages(url: str, stream: str) -> list[str]:
    connection = await nats.connect(url)
    try:
        bus = connection.jetstream(timeout=10)
        everything = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
        reader = await bus.pull_subscribe(">", stream=stream, config=everything)
        left = (await reader.consumer_info()).num_pending or 0
        found: list[str] = []
        while len(found) < left:
            batch = await reader.fetch(min(BATCH, left - len(found)), timeout=20)
            found += [message.data.decode() for message in batch]
        return found
    finally:
        await connection.close()


def new_stream(url: str, name: str, *, replicas: int) -> None:
    """An empty stream of that name, whose subject is its name in small letters."""
    asyncio.run(_new_stream(url, name, replicas))


async def _new_stream(url: str, name: str, replicas: int) -> None:
    connection = await nats.connect(url)
    try:
        bus = connection.jetstream(timeout=10)
        with suppress(NotFoundError):
            await bus.delete_stream(name)
        await bus.add_stream(StreamConfig(name=name, subjects=[name.lower()], num_replicas=replicas))
    finally:
        await connection.close()


def leader(url: str, stream: str) -> str:
    """The server that leads a stream: its pod's name."""
    return asyncio.run(_leader(url, stream))


async def _leader(url: str, stream: str) -> str:
    connection = await nats.connect(url)
    try:
        info = await connection.jetstream(timeout=10).stream_info(stream)
        assert info.cluster is not None and info.cluster.leader, f"{stream} has no leader"
        return info.cluster.leader
    finally:
        await connection.close()
