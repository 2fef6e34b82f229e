"""What nearly every peer of a namespace calls, or is called by, is one edge."""

import pytest

from loom_constructs.review.picture.mermaid import mermaid
from tests.review.drawn import edges_between, row


def five(calling, server="kube-system/dns"):
    """A namespace of five peers, of which some call one server outside of it."""
    inside = [row(f"shop/{a}", "shop/e") for a in "abcd"]
    return inside + [row(f"shop/{a}", server, 53) for a in "abcde"[:calling]]


@pytest.mark.parametrize(("calling", "crowd"), [(5, "all 5 peers"), (4, "4 of 5 peers")])
def test_what_nearly_every_peer_calls_is_one_edge(calling, crowd):
    found = [e for e in edges_between(five(calling)) if e[1] == "kube-system/dns"]

    assert found == [(f"{crowd} of shop", "kube-system/dns", "anyone")]
    assert f'(["{crowd}"])' in mermaid(five(calling), title="t")


def test_what_some_peers_call_is_an_edge_each():
    assert sum(e[1] == "kube-system/dns" for e in edges_between(five(3))) == 3


def test_a_crowd_of_a_small_part_is_no_crowd():
    rows = [*five(4), *(row(f"shop/{i}", "shop/e") for i in range(2))]

    assert sum(e[1] == "kube-system/dns" for e in edges_between(rows)) == 4


def test_a_server_of_the_same_namespace_has_no_crowd():
    assert len(edges_between(five(0))) == 4


def test_who_calls_nearly_every_peer_is_one_edge():
    rows = [*five(0), *(row("viz/prometheus", f"shop/{a}", 4191, known=True) for a in "abcde")]

    assert [e for e in edges_between(rows) if e[0] == "viz/prometheus"] == [
        ("viz/prometheus", "all 5 peers of shop", "known")
    ]


def test_three_are_no_crowd():
    rows = [row(f"shop/{a}", "kube-system/dns", 53) for a in "abc"]

    assert len(edges_between(rows)) == 3


def test_those_that_show_an_identity_and_those_that_do_not_are_no_common_crowd():
    rows = [row(f"shop/{a}", "bank/api", 443, known=a < "e") for a in "abcdef"]

    assert edges_between(rows) == [
        ("4 of 6 peers of shop", "bank/api", "known"),
        ("shop/e", "bank/api", "anyone"),
        ("shop/f", "bank/api", "anyone"),
    ]


def test_peers_that_are_called_by_nobody_else_are_drawn_too():
    rows = [row("viz/tap", f"shop/{a}", 4190, known=True) for a in "abcd"]

    assert sum(f'["{a}"]' in mermaid(rows, title="t") for a in "abcd") == 4
