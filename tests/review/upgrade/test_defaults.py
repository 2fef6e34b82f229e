"""Writing what the API server adds by itself is no difference."""

import pytest

from loom_constructs.review.upgrade.judge import judge

from .cases import WRITTEN
from .objects import changed, made

POD = "spec__template__spec__"
FIRST = f"{POD}containers__0__"


@pytest.mark.parametrize(
    ("kind", "written"),
    WRITTEN,
)
def test_it_is_not(kind, written):
    old = made(kind)

    assert judge([old], [changed(old, written)]) == []
    assert judge([changed(old, written)], [old]) == []


def test_amounts_are_compared_as_numbers():
    old = made("Deployment", **{f"{FIRST}resources": {"requests": {"cpu": "1000m", "memory": "1Gi"}}})
    same = changed(old, {f"{FIRST}resources": {"requests": {"cpu": 1, "memory": "1024Mi"}}})

    assert judge([old], [same]) == []


def test_a_secret_may_be_written_as_text():
    assert judge([made("Secret")], [{**made("Secret", stringData={}), "data": {"colour": "cmVk"}}]) == []


@pytest.mark.parametrize("path", ["imagePullPolicy", "terminationMessagePolicy"])
def test_something_else_is_a_difference(path):
    assert judge([made("Deployment")], [made("Deployment", **{f"{FIRST}{path}": "Other"})])


def test_the_order_of_containers_is_one():
    pair = [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]
    old, new = (made("Deployment", **{f"{POD}containers": c}) for c in (pair, pair[::-1]))

    [change] = judge([old], [new])

    assert change.what == "their order (containers)"


def test_elsewhere_a_text_is_a_text():
    old, new = (made("Deployment", **{f"{FIRST}env__0__value": v}) for v in ("1000m", "1"))

    assert judge([old], [new])


@pytest.mark.parametrize(
    ("old", "new"), [(["a"], ["a", "b"]), ([{"x": 1}], [{"x": 2}]), ([{"x": 1}], [{"x": 1}, {"x": 2}])]
)
def test_lists_without_names_are_compared_too(old, new):
    items = [
        {"apiVersion": "example.org/v1", "kind": "Door", "metadata": {"name": "a"}, "spec": {"list": v}}
        for v in (old, new)
    ]

    [change] = judge(items[:1], items[1:])

    assert change.what.startswith("spec.list")
