"""`loom-constructs drain`."""

from __future__ import annotations

import argparse

from ..load import load
from .report import as_json, table
from .row import review


def run(given: argparse.Namespace) -> tuple[str, int]:
    """What is printed, and the exit code.

    Raises:
        ValueError: An argument or a file is wrong.
    """
    rows, found = review(load(given.paths), zones=given.zones, nodes=given.nodes)
    text = as_json(rows, found, given.allow) if given.format == "json" else "\n".join(table(rows, found, given.allow))
    lost = any(not row.survives and str(row.group.key) not in given.allow for row in rows)
    return text, int(lost or bool(found))
