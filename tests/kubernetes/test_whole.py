"""A construct that fails leaves nothing behind, wherever inside it failed."""

import pytest
from cdk8s import Chart

from loom_constructs import Container, Login, NatsUser, PodOptions, Resources, SecretRef
from tests.loom.test_escape_hatches import MAKERS

CLASH = PodOptions(
    init_containers=[Container("twice", "x:1", Resources.small())],
    containers=[Container("twice", "x:1", Resources.small())],
)


@pytest.mark.parametrize("name", MAKERS)
def test_a_failure_deep_inside_leaves_nothing(app, name):
    chart = Chart(app, "test", namespace="x")
    with pytest.raises(ValueError, match="container name must be without repetition, got 'twice'"):
        MAKERS[name](chart, pod=CLASH)

    assert [c.node.id for c in chart.node.children] == []


def test_a_second_construct_of_the_same_id_does_not_take_the_first_one_away(chart):
    MAKERS["NatsJetStream"](chart)

    with pytest.raises(RuntimeError, match="already"):
        MAKERS["NatsJetStream"](chart)
    assert [c.node.id for c in chart.node.children] == ["nats"]


@pytest.mark.parametrize("subject", ["a b", "", "a..b", 'a"'])
def test_subjects_are_checked(subject):
    with pytest.raises(ValueError, match="publish must be"):
        NatsUser("a", publish=[subject])
    with pytest.raises(ValueError, match="subscribe must be a list of strings, got 'loom.>'"):
        NatsUser("a", subscribe="loom.>")


def test_a_login_names_what_it_wants():
    with pytest.raises(ValueError, match="username must be a str or a SecretKey, got None"):
        Login(None, SecretRef("s").key("k"))
