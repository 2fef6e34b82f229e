"""What `loom-constructs drain` is told; nothing here takes time to import."""

from __future__ import annotations

import argparse

SUMMARY = "Says what stays ready when nodes are drained, or a node or zone is lost, and what blocks a drain for ever."


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `drain`."""
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a folder, a file, or - for what another program prints"
    )
    parser.add_argument("--zones", type=int, default=3, help="how many zones the cluster has (default: 3)")
    parser.add_argument("--nodes", type=int, default=6, help="how many nodes it has in all (default: 6)")
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="KIND/NAME",
        help="a workload that may be away for a while, such as Deployment/temporal-ui; repeatable",
    )
    parser.add_argument("--format", choices=("table", "json"), default="table")
