"""Rows as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from .row import Row

HEADINGS = ("CLIENT", "SERVER", "PORTS", "IDENTITY")


def table(rows: Iterable[Row]) -> list[str]:
    """A line for each client and server, with all their ports."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        ports = found.setdefault((row.client, row.server, row.identity or "-"), [])
        if row.port_words not in ports:
            ports.append(row.port_words)
    lines = [(client, server, _ports(ports), identity) for (client, server, identity), ports in found.items()]
    if not lines:
        return ["nobody reaches anybody"]
    widths = [max(len(line[i]) for line in [HEADINGS, *lines]) for i in range(4)]
    return ["  ".join(t.ljust(w) for t, w in zip(line, widths, strict=True)).rstrip() for line in [HEADINGS, *lines]]


def anyone_else(rows: Iterable[Row]) -> list[str]:
    """What strangers reach and who reaches strangers, in few lines: one for each set of ports and other end."""
    found: dict[tuple[str, str, bool], list[str]] = {}
    ports: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        words = ports.setdefault((row.client, row.server, row.identity or ""), [])
        if row.port_words not in words:
            words.append(row.port_words)
    for (client, server, identity), words in ports.items():
        inwards = _stranger(client)
        end, stranger = (server, client) if inwards else (client, server)
        path = _ports(words) + (" through the mesh" if identity else "")
        group = found.setdefault((end, path, inwards), [])
        if stranger not in group:
            group.append(stranger)
    lines = []
    for (end, path, inwards), group in sorted(found.items()):
        who = _few(group)
        lines.append(f"anyone else: {who} -> {end}:{path}" if inwards else f"anyone else: {end} -> {who}:{path}")
    return lines


def _ports(words: Sequence[str]) -> str:
    return "any port" if {"any", "any/UDP", "any/SCTP"} <= set(words) else ",".join(words)


def _stranger(name: str) -> bool:
    return name.startswith(("other pods of ", "pods of ", "addresses such as "))


def _few(names: Sequence[str]) -> str:
    plain = [n for n in names if n.startswith("other pods of ")]
    there = {n.removeprefix("other pods of ") for n in plain}
    rest = [n for n in names if n not in plain and not (n.startswith("pods of ") and n.split(" ")[2] in there)]
    shown = [*sorted(plain), *sorted(rest)]
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")


def as_json(rows: Iterable[Row], strangers: Iterable[Row], findings: Sequence[str], differences: Sequence[str]) -> str:
    """Everything for another program; a port of 0 is every port."""
    answer = {
        "rows": [r._asdict() for r in rows],
        "strangers": [r._asdict() for r in strangers],
        "findings": list(findings),
        "differences": list(differences),
    }
    return json.dumps(answer, indent=2)
