"""Pods that are made anew because their template changed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..pair import Pair
from ..pods import ROLLING
from ..verdict import Change, Verdict
from .fields import fields


def restarts(pair: Pair) -> Iterator[Change]:
    """What is left of a template's changes, on one line for each workload."""
    if pair.key.kind == "Pod" and pair.builtin:
        images = pair.take("spec")
        if images:
            what = fields(images, ("spec",))
            yield Change(Verdict.RESTARTS, pair.key, what, "Its containers start anew in the same pod.", images)
        return
    taken = pair.take(*pair.template) if pair.template else []
    if not taken:
        return
    what = fields(taken, pair.template)
    if pair.key.kind in ROLLING:
        yield Change(Verdict.RESTARTS, pair.key, what, manner(pair.key.kind, pair.specs[1]), taken)
    elif pair.key.kind == "CronJob":
        yield Change(Verdict.SAFE, pair.key, what, "From its next run on.", taken)
    else:
        yield Change(Verdict.SAFE, pair.key, what, "Only pods that are made later have it.", taken)


def manner(kind: str, spec: Mapping[str, Any]) -> str:
    """How its pods are replaced, and how many at a time."""
    strategy = spec.get("strategy" if kind == "Deployment" else "updateStrategy") or {}
    rolling = strategy.get("rollingUpdate") or {}
    replicas = int(spec.get("replicas", 1))
    if kind != "DaemonSet" and replicas == 0:
        return "It has no pods now."
    if strategy.get("type") == "OnDelete":
        return "OnDelete: nothing happens until you delete each pod."
    if strategy.get("type") == "Recreate":
        return (
            f"All {replicas} at once: an outage."
            if replicas > 1
            else "Its pod ends before the next one starts: an outage."
        )
    if kind == "DaemonSet":
        return f"{rolling.get('maxUnavailable', 1)} at a time, on the node where it was."
    if kind == "StatefulSet":
        first = int(rolling.get("partition") or 0)
        if first >= replicas:
            return f"partition is {first}: none of its {replicas} pods is replaced yet."
        some = f" down to number {first}" if first else ""
        return (
            f"One at a time, the highest first{some}."
            if replicas > 1
            else "Its only pod is away until the next one is up."
        )
    surge, away = (_count(rolling.get(f), replicas, up) for f, up in (("maxSurge", True), ("maxUnavailable", False)))
    if not surge and not away:
        away = 1
    if not away:
        return f"{min(surge, replicas)} at a time, each new pod before an old one ends."
    if away >= replicas:
        return f"All {replicas} may be away at once." if replicas > 1 else "Its only pod may be away for a while."
    return f"Up to {away} of {replicas} away at a time."


def _count(value: Any, replicas: int, up: bool) -> int:
    if isinstance(value, str) and value.endswith("%"):
        share = int(value[:-1]) * replicas / 100
        return math.ceil(share) if up else math.floor(share)
    return int(value or 0)
