"""What `loom-constructs upgrade` is told; nothing here takes time to import."""

from __future__ import annotations

import argparse

SUMMARY = "Says what applying NEW over OLD does: what is safe, restarts pods, is refused, or loses data."


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `upgrade`."""
    for name, meaning in (("old", "what runs now"), ("new", "what is to be applied")):
        parser.add_argument(name, metavar=name.upper(), help=f"{meaning}: a folder, a file, or - for what is piped in")
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="KIND/NAME",
        help="an object that may be re-created or lose its data, such as StatefulSet/loom-db; repeatable",
    )
    parser.add_argument("--format", choices=("table", "json"), default="table")
