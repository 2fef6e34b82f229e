"""Rows as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from .row import Row

HEAD = ("workload", "pods", "drained", "node lost", "zone lost")


def table(rows: Sequence[Row], found: Sequence[str], allowed: Collection[str]) -> list[str]:
    """What is ready of each workload at the least; a last line counts."""
    lines = [HEAD, *(_cells(row, allowed) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD) - 1)]
    text = ["  ".join([*(c.ljust(w) for c, w in zip(cells, widths, strict=False)), cells[-1]]) for cells in lines]
    return [*text, *(f"finding: {line}" for line in found), summary(rows, found, allowed)]


def summary(rows: Sequence[Row], found: Sequence[str], allowed: Collection[str]) -> str:
    """`12 of 20 always have a pod that is ready, 8 do not (8 allowed); no findings`."""
    lost = [row for row in rows if not row.survives]
    fine = sum(str(row.group.key) in allowed for row in lost)
    idle = "".join(
        f"; --allow {name} allows nothing" for name in sorted(set(allowed) - {str(r.group.key) for r in lost})
    )
    away = f", {len(lost)} do not ({fine} allowed)" if lost else ""
    findings = f"{len(found)} finding{'s' * (len(found) > 1)}" if found else "no findings"
    return f"{len(rows) - len(lost)} of {len(rows)} always have a pod that is ready{away}; {findings}{idle}"


def as_json(rows: Sequence[Row], found: Sequence[str], allowed: Collection[str]) -> str:
    """Everything for another program."""
    answer = {
        "workloads": [
            {
                "object": row.group.key._asdict(),
                "pods": row.group.number,
                "drained": row.drained,
                "node": row.node,
                "zone": row.zone,
                "waits": row.waits,
                "survives": row.survives,
                "allowed": str(row.group.key) in allowed,
            }
            for row in rows
        ],
        "findings": list(found),
    }
    return json.dumps(answer, indent=2)


def _cells(row: Row, allowed: Collection[str]) -> tuple[str, ...]:
    name = str(row.group.key)
    waits = f" ({row.waits} waits for its zone)" if row.waits == 1 else f" ({row.waits} wait for their zone)"
    said = waits * bool(row.waits) + " allowed" * (not row.survives and name in allowed)
    return (name, str(row.group.number), str(row.drained), str(row.node), f"{row.zone}{said}")
