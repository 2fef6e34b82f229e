"""`loom-constructs images`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path

from ..load import load
from ..printed import show
from .arguments import UPDATE
from .found import inventory
from .report import as_json, table
from .sbom import cyclonedx


def answer(given: argparse.Namespace, wanted: Callable[[], Iterable[str]]) -> int:
    """Prints what was asked for; returns the exit code.

    Args:
        wanted: The references that the file of digests has to have, if it comes to that.

    Raises:
        ValueError: An argument or a file is wrong.
    """
    if given.paths == [UPDATE]:
        from .update import update

        return update(given.lock, sorted(set(wanted())), again=given.again, say=show)
    show(listed(given).rstrip("\n"))
    return 0


def listed(given: argparse.Namespace) -> str:
    """What is printed of rendered YAML."""
    found = inventory(load(given.paths))
    if given.format == "json":
        return as_json(found)
    if given.format == "cyclonedx":
        return cyclonedx(found, name=given.name or f"loom-{Path(given.paths[0]).resolve().name}")
    return "\n".join(table(found))
