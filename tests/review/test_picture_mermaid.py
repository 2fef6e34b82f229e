"""The flowchart for Markdown."""

import re

from loom_constructs.review.picture.mermaid import mermaid
from tests.review.drawn import CASES, row


def test_a_flowchart():
    rows = [
        row("shop/web", "shop/db", 5432, known=True),
        row("shop/web", "internet", 443),
        row("shop/web", "kube-system/dns", 53, "UDP"),
        row("shop/web", "kube-system/dns", 53),
    ]

    assert (
        mermaid(rows, title='the "shop"')
        == """---
title: "the \\"shop\\""
---
flowchart LR
  subgraph ns0["kube-system"]
    n1["dns"]
  end
  subgraph ns1["shop"]
    n2["db"]
    n3["web"]
  end
  n0(["internet"])
  n3 -.->|"443"| n0
  n3 -.->|"53, 53/UDP"| n1
  n3 ==>|"5432"| n2
"""
    )


def test_a_flowchart_gives_names_no_meaning():
    lines = mermaid(CASES["hostile"], title="t").splitlines()
    node = r'\s+(n\d+(\["[^"]+"\]|\(\["[^"]+"\]\))|subgraph ns\d+\["[a-z-]+"\]|end|n\d+ ==>\|"80"\| n\d+)'

    assert lines[-2:] == ["  classDef crowd stroke-dasharray: 4 3", "  class n13 crowd"]
    assert [line for line in lines[4:-2] if not re.fullmatch(node, line)] == []
    assert not re.search(r"[<>`%{}]|#(?!\d+;)", "".join(lines[4:]).replace("==>", ""))


def test_a_small_flowchart_is_drawn_of_a_large_platform():
    lines = mermaid(CASES["platform"], title="t").splitlines()

    assert len(CASES["platform"]) > 90
    assert sum("|" in line for line in lines) < 50
