"""How pods are replaced: a way out of RollingUpdate that server-side apply does not find."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ..pair import Pair
from ..verdict import Change, Verdict

FIELDS = {"Deployment": "strategy", "StatefulSet": "updateStrategy"}


def strategy(pair: Pair) -> Iterator[Change]:
    """A rollingUpdate that the API server added itself stays, and goes with no other type."""
    field = FIELDS.get(pair.key.kind) if pair.builtin else None
    if field is None:
        return
    old, new = (s[field]["type"] for s in pair.specs)
    if old != "RollingUpdate" or new == old or (pair.written[0]["spec"].get(field) or {}).get("rollingUpdate"):
        return
    patch = json.dumps({"spec": {field: {"type": new, "rollingUpdate": None}}}, separators=(",", ":"))
    todo = (
        "Refused by a server-side apply, which keeps the rollingUpdate that the API server added. "
        f"First: kubectl patch {str(pair.key).lower()} --type=merge -p '{patch}'."
    )
    yield Change(Verdict.RECREATION, pair.key, f"{field}.type: {old} → {new}", todo, pair.take("spec", field))
