"""Changes as text and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from .allow import Allowed
from .key import Key
from .shown import hidden, listed, shown
from .verdict import Change, Verdict

PLURALS = {
    Verdict.LOSES: ("loses data", "lose data"),
    Verdict.RECREATION: ("needs re-creation", "need re-creation"),
    Verdict.RESTARTS: ("restarts pods", "restart pods"),
    Verdict.SAFE: ("is safe", "are safe"),
}

WIDEST = 40
"""Names that are longer stick out of their column."""


def table(changes: Sequence[Change], allowed: Allowed) -> list[str]:
    """A line for each change, and a last one that counts; objects with the same safe change share a line."""
    several = len({c.key.namespace for c in changes} - {""}) > 1
    rows: dict[tuple[Any, ...], list[Key]] = {}
    for number, change in enumerate(changes):
        words = f"{change.what}. {change.todo}" if change.todo else change.what
        alike = number if change.verdict != Verdict.SAFE else "" if change.differences else change.key.kind
        rows.setdefault((_verdict(change, allowed), alike, words), []).append(change.key)
    lines = [(str(verdict), _objects(keys, several), words) for (verdict, _, words), keys in rows.items()]
    first = max((len(verdict) for verdict, _, _ in lines), default=0)
    second = max((len(objects) for _, objects, _ in lines if len(objects) <= WIDEST), default=0)
    return [*(f"{v.ljust(first)}  {o.ljust(second)}  {w}" for v, o, w in lines), summary(changes, allowed)]


def _objects(keys: Sequence[Key], several: bool) -> str:
    """`Service/a, b, ConfigMap/c and 3 more`."""
    names, before = [], None
    for key in keys:
        alike = (key.kind, key.namespace)
        names.append(key.name if alike == before else key.full if several else str(key))
        before = alike
    return listed(names, 3)


def _verdict(change: Change, allowed: Allowed) -> str:
    return f"{change.verdict} (allowed)" if change in allowed else str(change.verdict)


def summary(changes: Sequence[Change], allowed: Allowed) -> str:
    """`1 loses data, 2 need re-creation (1 allowed), 12 are safe`, and what may be left out."""
    counts, fine = Counter(c.verdict for c in changes), Counter(c.verdict for c in changes if c in allowed)
    parts = [
        f"{counts[v]} {PLURALS[v][counts[v] > 1]}" + (f" ({fine[v]} allowed)" if fine[v] else "")
        for v in Verdict
        if counts[v]
    ]
    idle = "".join(f"; --allow {name} allows nothing" for name in allowed.idle(changes))
    return (", ".join(parts) or "nothing changes") + idle


def as_json(changes: Iterable[Change], allowed: Allowed) -> str:
    """Everything for another program; values are shortened, secret ones left out."""
    listing = list(changes)
    answer = {
        "changes": [
            {
                "verdict": str(c.verdict),
                "allowed": c in allowed,
                "object": c.key._asdict(),
                "what": c.what,
                "todo": c.todo,
                "fields": [_field(c, d) for d in c.differences],
            }
            for c in listing
        ],
        "summary": {str(v): sum(c.verdict == v for c in listing) for v in Verdict},
    }
    return json.dumps(answer, indent=2, ensure_ascii=False)


def _field(change: Change, difference: Any) -> dict[str, Any]:
    secret = change.key.kind == "Secret" and difference.path[0] in ("data", "stringData")
    if secret or hidden(difference):
        return {"path": difference.field}
    return {"path": difference.field, "old": shown(difference.old, 200), "new": shown(difference.new, 200)}
