"""The inventory as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from .reference import Reference

UNRESOLVED = "unresolved"
HEADINGS = ("IMAGE", "TAG", "DIGEST", "RUN BY")

Inventory = Mapping[Reference, Sequence[str]]


def table(found: Inventory) -> list[str]:
    """A line for each image, and a last one that counts."""
    if not found:
        return ["no images"]
    rows = [(r.name, r.tag or "-", r.digest or UNRESOLVED, ", ".join(users)) for r, users in found.items()]
    widths = [max(len(row[i]) for row in [HEADINGS, *rows]) for i in range(3)]
    lines = [
        "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[3]])
        for row in [HEADINGS, *rows]
    ]
    pinned = sum(bool(r.digest) for r in found)
    return [*lines, f"{len(found)} images, {pinned} by digest, {len(found) - pinned} {UNRESOLVED}"]


def as_json(found: Inventory) -> str:
    """The same for another program."""
    listing = [
        {
            "reference": str(r),
            "registry": r.registry,
            "repository": r.path,
            "tag": r.tag or None,
            "digest": r.digest or None,
            "runBy": list(users),
        }
        for r, users in found.items()
    ]
    return json.dumps({"images": listing}, indent=2)
