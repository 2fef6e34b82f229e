"""Random NetworkPolicies on a real cluster: a connection is possible where we say that it is, and nowhere else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from tests import kube
from tests.review.cyclonus import ours
from tests.review.cyclonus.live import Connections, connections, listed, start
from tests.review.cyclonus.policies import random_set, random_sets
from tests.review.cyclonus.world import NAMESPACES, NUMBERS, World, random_world

SETS = 20


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The same pods for all sets."""
    kube.needed()
    drawn = random_world(Random(6), protocols=["TCP"])
    assert list(drawn.namespaces) == NAMESPACES and len(drawn.pods) == 8, "as many as there can be"
    if kube.kubectl("get", "namespaces", *NAMESPACES, "--ignore-not-found").strip():
        pytest.fail(f"one of {', '.join(NAMESPACES)} exists already: this proof makes and deletes them")
    try:
        yield start(drawn)
    finally:
        kube.kubectl("delete", "namespaces", *NAMESPACES, "--ignore-not-found", "--wait")


def test_without_policies_everybody_reaches_everybody(world: World) -> None:
    everything = {(a.name, b.name, port) for a in world.pods for b in world.pods for port in NUMBERS}

    kube.until("all connections", lambda: connections(world) == everything, seconds=30)


def test_the_api_server_accepts_every_random_policy(world: World) -> None:
    """The objects on which we are compared with cyclonus are valid as they are."""
    policies = [policy for each in random_sets() for policy in each.policies]

    accepted = kube.kubectl("create", "--dry-run=server", "-o", "name", "-f", "-", stdin=listed(policies))

    assert len(accepted.splitlines()) == len(policies)


def test_connections_are_possible_where_we_say_so(world: World) -> None:
    began, possible = time.monotonic(), 0
    for seed in range(SETS):
        policies = random_set(seed, world).policies
        expected = _expected(world, policies)
        with _in_force(policies):
            _compare(world, expected, seed)
        possible += len(expected)
    asked = SETS * len(world.pods) ** 2 * len(NUMBERS)
    print(f"\n{SETS} sets: {possible} of {asked} connections possible; {time.monotonic() - began:.0f} s")
    assert asked / 10 < possible < asked * 9 / 10


def test_a_wrong_verdict_is_noticed(world: World) -> None:
    """What we say with a policy forgotten is not what the cluster does."""
    policies = random_set(0, world).policies
    less = (policies[:i] + policies[i + 1 :] for i in range(len(policies)))
    wrong = next(said for said in (_expected(world, p) for p in less) if said != _expected(world, policies))

    with _in_force(policies), pytest.raises(AssertionError, match="connections of set 0 not within"):
        _compare(world, wrong, 0, seconds=3)


@contextmanager
def _in_force(policies: list[dict[str, Any]]) -> Iterator[None]:
    kube.kubectl("create", "-f", "-", stdin=listed(policies))
    try:
        time.sleep(0.5)
        yield
    except AssertionError as error:  # addresses, and so policies, are other ones the next time
        error.add_note(json.dumps(policies))
        raise
    finally:
        kube.kubectl("delete", "-f", "-", "--wait=false", stdin=listed(policies))


def _compare(world: World, expected: Connections, seed: int, seconds: float = 15) -> None:
    """Tries until all is as expected: policies are in force a moment after the API server has them."""

    def same() -> bool:
        found = connections(world)
        said, seen = sorted(expected - found), sorted(found - expected)
        if said or seen:
            raise AssertionError(f"said to be possible, and not: {said}; possible, and not said: {seen}")
        return True

    kube.until(f"connections of set {seed}", same, seconds=seconds)


def _expected(world: World, policies: list[dict[str, Any]]) -> Connections:
    found, network = ours.compiled(world, policies)
    pods = list(zip(world.pods, found.all, strict=False))  # addresses come after the pods
    return {
        (client.name, server.name, port)
        for client, source in pods
        for server, destination in pods
        for port in NUMBERS
        if network.allows(source, destination, port)
    }
