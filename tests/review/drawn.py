"""Calls to draw, and pages read back."""

import random
import re
from collections import namedtuple
from html.parser import HTMLParser
from itertools import combinations, pairwise
from xml.etree import ElementTree

from loom_constructs.review.picture.page import page

Row = namedtuple("Row", "client server port protocol identity")
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "loom/<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "shop/x' onmouseover='alert(1)",
    "shop/a]; click n0 b",
    "%%{init: {}}%%",
    "a&lt;b#quot;`",
    "</style></svg></title>",
    "shop/" + "x" * 253,
    "shop/漢字漢字漢字漢字漢字漢字漢字漢字",
]


def row(client, server, port=80, protocol="TCP", known=False):
    namespace, _, name = client.partition("/")
    return Row(client, server, port, protocol, f"{name}.{namespace}" if known else None)


def platform():
    """A platform with a mesh: DNS and the control plane for all, tap and scraping of all, roles that call each other."""
    agents = [
        f"loom/loom-agent-{r}" for r in ("coder", "reviewer", "qa", "pm", "architect", "public-relations-manager")
    ]
    roles = [f"loom/temporal-{r}" for r in ("frontend", "history", "matching", "worker")]
    rows = [row(a, s, p, known=True) for a in agents for s, p in (("loom/nats", 4222), ("loom/loom", 8080))]
    rows += [row(a, "internet", 443) for a in [*agents, "loom/loom"]]
    rows += [row(a, b, 6933 + i, known=True) for a in roles for i, b in enumerate(roles) if a != b]
    rows += [row(c, "loom/loom-db", 5432, known=True) for c in [*roles, "loom/pgbouncer", "loom/loom"]]
    rows += [
        row("loom/loom", "loom/pgbouncer", 6432, known=True),
        row("loom/loom", "loom/temporal-frontend", 7233, known=True),
        row("loom/nats", "loom/nats", 6222, known=True),
        row("ingress-nginx/ingress", "loom/loom", 8081, known=True),
        row("internet", "ingress-nginx/ingress", 443),
    ]
    peers = sorted({end for r in rows for end in (r.client, r.server) if end.startswith("loom/")})
    for peer in peers:
        rows += [row(peer, "kube-system/dns", 53), row(peer, "kube-system/dns", 53, "UDP")]
        rows += [row("linkerd-viz/tap", peer, 4190, known=True)]
    rows += [row(peer, "linkerd/identity", 8080) for peer in peers[1:]]
    rows += [row("linkerd-viz/prometheus", peer, 4191, known=True) for peer in peers[:-1]]
    return rows


def anything(peers, count):
    """Rows at random, the same ones each time: circles, calls to oneself, calls between all namespaces."""
    chance = random.Random(peers * count)
    names = [
        f"{chance.choice(['shop', 'bank', 'a-much-longer-namespace-than-usual'])}/peer-{i}" for i in range(peers - 2)
    ]
    names += ["internet", "10.0.0.0/8"]
    rows = {(c, s): None for c, s in pairwise(names)}
    while len(rows) < count:
        rows[chance.choice(names), chance.choice(names)] = None
    return [row(c, s, chance.choice([80, 443, 5432]), known=chance.random() < 0.5) for c, s in rows]


CASES = {
    "one": [row("shop/web", "shop/db", 5432)],
    "long namespace": [row("a-much-longer-namespace-than-usual/a", "b/c")],
    "itself": [row("shop/web", "shop/web", 6222)],
    "platform": platform(),
    "anything": anything(25, 80),
    "sparse": anything(25, 40),
    "hostile": [row(a, b, known=True) for a, b in combinations(HOSTILE, 2)],
}


class Read(HTMLParser):
    """A page as a browser reads it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells, self._cell = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.cells.append([])
        self._cell = "" if tag == "td" else None

    def handle_data(self, data):
        if self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag):
        if tag == "td":
            self.cells[-1].append(self._cell)
            self._cell = None


def rows_of(text):
    return sorted(tuple(cells) for cells in Read(text).cells if cells)


def drawn(rows):
    """The nodes, frames and edges of a page's picture, by id or name."""
    root = ElementTree.fromstring(re.search(r"<svg id=\"picture\".*?</svg>", page(rows, title="t"), re.S)[0])
    groups = {kind: {} for kind in ("node", "namespace", "edge")}
    for group in root.iter(f"{SVG}g"):
        kind = group.get("class").split()[0]
        name = group.get("id") or group.find(f"{SVG}text/{SVG}title").text
        groups[kind][name] = group
    return root, groups["node"], groups["namespace"], groups["edge"]


def box(group):
    rect = group.find(f"{SVG}rect")
    return tuple(float(rect.get(k)) for k in ("x", "y", "width", "height"))


def edges_between(rows):
    """Client, server and kind of each edge, by the names of the nodes."""
    _, nodes, _, edges = drawn(rows)
    name = {id: node.find(f"{SVG}title").text for id, node in nodes.items()}
    return sorted((*(name[e] for e in g.get("data-ends").split()), g.get("class").split()[1]) for g in edges.values())
