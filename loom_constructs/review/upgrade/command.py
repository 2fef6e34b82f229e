"""`loom-constructs upgrade`."""

from __future__ import annotations

import argparse

from ..load import load
from .allow import Allowed
from .judge import judge
from .key import key_of
from .report import as_json, table


def run(given: argparse.Namespace) -> tuple[str, int]:
    """What is printed, and the exit code.

    Raises:
        ValueError: An argument or a file is wrong.
    """
    if given.old == given.new == "-":
        raise ValueError("OLD and NEW must be two inputs, got - twice")
    old, new = load([given.old]), load([given.new])
    allowed = Allowed(given.allow, [key_of(o) for o in [*old, *new]])
    changes = judge(old, new)
    text = as_json(changes, allowed) if given.format == "json" else "\n".join(table(changes, allowed))
    return text, int(any(c.verdict.stops and c not in allowed for c in changes))
