"""What the page says."""

import json
import random
import re
import subprocess
import sys

import pytest

from loom_constructs.review.picture.mermaid import mermaid
from loom_constructs.review.picture.page import page
from tests.conftest import ROOT
from tests.review.drawn import CASES, HOSTILE, SVG, Read, drawn, edges_between, row, rows_of


@pytest.mark.parametrize("rows", CASES.values(), ids=CASES)
def test_every_row_is_in_the_table(rows):
    wanted = {(r.client, r.server, str(r.port), r.protocol, r.identity or "none") for r in rows}

    assert rows_of(page(rows, title="t")) == sorted(wanted)


@pytest.mark.parametrize("rows", CASES.values(), ids=CASES)
def test_every_row_belongs_to_an_edge_of_its_kind(rows):
    _, nodes, _, edges = drawn(rows)
    belongs = [a for tag, a in Read(page(rows, title="t")).tags if tag == "tr" and "data-edge" in a]
    name = {id: node.find(f"{SVG}title").text for id, node in nodes.items()}
    listed = sorted(set(rows), key=lambda r: (r.client, r.server, r.port, r.protocol, r.identity or ""))

    assert {a["data-edge"] for a in belongs} == edges.keys()
    for attributes, r in zip(belongs, listed, strict=True):
        assert [name[p] for p in attributes["data-peers"].split()] == [r.client, r.server]
        assert edges[attributes["data-edge"]].get("class") == f"edge {'known' if r.identity else 'anyone'}"


@pytest.mark.parametrize("draw", [page, mermaid])
@pytest.mark.parametrize("rows", CASES.values(), ids=CASES)
def test_the_order_of_the_rows_changes_nothing(rows, draw):
    mixed = random.Random(1).sample(rows, len(rows))

    assert draw([*mixed, *mixed[:3]], title="t") == draw(rows, title="t")


def test_two_runs_make_the_same_bytes():
    code = """
import json, sys
from types import SimpleNamespace
from loom_constructs.review.picture.mermaid import mermaid
from loom_constructs.review.picture.page import page
rows = [SimpleNamespace(**r) for r in json.load(sys.stdin)]
print(page(rows, title="t") + mermaid(rows, title="t"))
"""
    rows = json.dumps([r._asdict() for r in CASES["platform"]])

    def run(seed):
        return subprocess.run(
            [sys.executable, "-c", code],
            input=rows.encode(),
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout

    assert run("1") == run("2")


def test_names_are_text_and_nothing_else():
    text = page(CASES["hostile"], title=HOSTILE[0])
    read = Read(text)
    tame = Read(page(CASES["one"], title="t"))

    assert {tag for tag, _ in read.tags} == {tag for tag, _ in tame.tags}
    assert sum(tag == "script" for tag, _ in read.tags) == 1
    assert not any(name.startswith("on") for _, attributes in read.tags for name in attributes)
    assert "<title>loom/&lt;script&gt;" in text


def test_characters_that_cannot_be_seen_are_replaced():
    rows = [row("shop/a\u202eb\nc\0", "shop/db", known=True)]

    for drawing in (page(rows, title="a\nb"), mermaid(rows, title="a\nb")):
        assert "a\ufffdb\ufffdc\ufffd" in drawing.replace("#65533;", "\ufffd")
        assert "a\ufffdb" in drawing
        assert not set("\u202e\0") & set(drawing)


def test_the_page_needs_nothing_else():
    read = Read(page(CASES["platform"], title="t"))

    assert not [a for _, a in read.tags if {"src", "href", "action"} & a.keys() and a.get("href") != "#calls"]
    assert not re.search(r"url\((?!#)|@import", page(CASES["platform"], title="t"))


def test_a_pair_with_and_without_an_identity_has_two_edges():
    rows = [row("shop/web", "shop/db", 5432, known=True), row("shop/web", "shop/db", 9187)]

    assert edges_between(rows) == [("shop/web", "shop/db", "anyone"), ("shop/web", "shop/db", "known")]


def test_what_is_outside_and_on_both_sides_is_drawn_on_both_sides():
    rows = [row("internet", "shop/web"), row("shop/web", "internet")]
    _, nodes, _, _ = drawn(rows)

    assert sorted(n.find(f"{SVG}title").text for n in nodes.values()) == ["internet", "internet", "shop/web"]
    assert "2 calls between 2 peers in 1 namespace;" in page(rows, title="t")


def test_ports_stand_at_the_servers_whose_edges_show_them():
    _, nodes, _, _ = drawn([row("shop/a", "shop/db", 5432), row("shop/web", "shop/db", 53, "UDP")])
    shown = {n.find(f"{SVG}title").text: [t.text for t in n.iter(f"{SVG}text")] for n in nodes.values()}

    assert shown == {"shop/a": ["a"], "shop/web": ["web"], "shop/db": ["db", ":53/UDP :5432"]}


def test_a_name_that_is_too_long_is_cut_and_says_so():
    _, nodes, _, _ = drawn([row("shop/" + "x" * 253, "shop/db")])
    lines = [t.text for t in nodes["n1"].iter(f"{SVG}text")]

    assert len(lines) == 3 and lines[-1].endswith("x…")
    assert nodes["n1"].find(f"{SVG}title").text == "shop/" + "x" * 253


def test_no_rows_are_a_page_and_a_flowchart_too():
    assert "Nobody calls anybody." in page([], title="t")
    assert "<svg" not in page([], title="t")
    assert mermaid([], title="t") == '---\ntitle: "t"\n---\nflowchart LR\n  none["nobody calls anybody"]\n'
