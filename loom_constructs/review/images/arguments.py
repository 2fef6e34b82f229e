"""What `loom-constructs images` is told; nothing here takes time to import."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "Lists the images that rendered YAML names, with who runs them; `images update` reads their digests."
LOCK = "images.lock.yaml"
UPDATE = "update"


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `images`."""
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a folder, a file, or - for what another program prints; or the word update: ask registries for the "
        f"digests that {LOCK} lacks (needs crane)",
    )
    parser.add_argument("--format", choices=("table", "json", "cyclonedx"), default="table")
    parser.add_argument("--name", default="", help="of the bill of materials (default: loom- and the folder's name)")
    parser.add_argument("--lock", type=Path, default=Path(LOCK), metavar="FILE", help=f"update: default {LOCK}")
    parser.add_argument("--again", action="store_true", help="update: ask for those that are known, too")
