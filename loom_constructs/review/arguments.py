"""What `loom-constructs reach` is told; nothing here takes time to import."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "Works out from rendered YAML alone who can reach whom, and where that is not what was meant."


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `reach`."""
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a folder, a file, or - for what another program prints"
    )
    parser.add_argument("--expect", type=Path, metavar="FILE", help="who is meant to reach whom; a difference fails")
    parser.add_argument("--strict", action="store_true", help="findings fail, too")
    mesh = parser.add_mutually_exclusive_group()
    mesh.add_argument("--mesh", dest="linkerd", action="store_true", default=None, help="Linkerd runs")
    mesh.add_argument("--no-mesh", dest="linkerd", action="store_false", help="Linkerd does not run")
    parser.add_argument("--from", dest="client", metavar="NAME", help="only this client")
    parser.add_argument("--to", dest="server", metavar="NAME[:PORT]", help="only this server, or its port")
    parser.add_argument("--why", action="store_true", help="say which policies let it pass, or what stops it")
    parser.add_argument("--format", choices=("table", "json", "mermaid", "html"), default="table")
