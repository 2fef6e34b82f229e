"""Upgrades of dist/: nothing is overlooked, and nothing is said where nothing changes."""

import copy

import pytest

from loom_constructs.review.load import load
from loom_constructs.review.upgrade.judge import judge
from loom_constructs.review.upgrade.verdict import Verdict
from tests.conftest import ROOT

ENVIRONMENTS = ("local", "staging", "production")


@pytest.fixture(scope="module")
def dist():
    return {e: load([ROOT / "dist" / e]) for e in ENVIRONMENTS}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_same_is_no_upgrade(dist, environment):
    assert judge(dist[environment], copy.deepcopy(dist[environment])) == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_object_that_disappears_is_said_once(dist, environment):
    found = judge(dist[environment], [])

    assert len(found) == len(dist[environment])
    lost = {(c.key.kind, c.key.name) for c in found if c.verdict == Verdict.LOSES}
    database = "Cluster" if environment == "production" else "StatefulSet"
    assert {("Namespace", "loom"), (database, "loom-db"), ("StatefulSet", "nats")} <= lost


def leaves(value, path=()):
    """Every path to a value that is no dictionary or list."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from leaves(item, (*path, key))
    if not inner:
        yield path


def test_no_field_is_overlooked(dist):
    """Every value of every kind of object, changed one at a time, makes a line."""
    tried = 0
    for item in {o["kind"]: o for o in dist["production"]}.values():
        for path in leaves(item):
            if path in (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")):
                continue
            new = copy.deepcopy(item)
            place = new
            for step in path[:-1]:
                place = place[step]
            was = place[path[-1]]
            place[path[-1]] = (
                was + 1
                if type(was) is int
                else not was
                if isinstance(was, bool)
                else f"{was}x"
                if isinstance(was, str)
                else "x"
            )

            assert judge([item], [new]), f"{item['kind']}: {path}"
            tried += 1
    assert tried > 500
