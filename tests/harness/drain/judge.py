"""What must stay ready, read from what was applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .alone import ALONE

Object = dict[str, Any]


def replicas(objects: Iterable[Object]) -> dict[str, int]:
    """How many pods each Deployment and StatefulSet has at the least."""
    given = list(objects)
    scaled = {
        f"{s['spec']['scaleTargetRef']['kind']}/{s['spec']['scaleTargetRef']['name']}": s["spec"].get("minReplicas", 1)
        for s in given
        if s["kind"] == "HorizontalPodAutoscaler"
    }
    found = {_name(o): o["spec"].get("replicas", 1) for o in given if o["kind"] in ("Deployment", "StatefulSet")}
    return {name: scaled.get(name, number) for name, number in found.items()}


def needed(objects: Iterable[Object]) -> dict[str, int]:
    """The fewest that must be ready at any time: one, and two of three where a majority decides."""
    given = list(objects)
    least = {
        name: 2 if name.startswith("StatefulSet/") and number == 3 else 1
        for name, number in replicas(given).items()
        if name not in ALONE
    }
    for service in (o for o in given if o["kind"] == "Service"):
        behind = [least.get(_name(o), 0) for o in given if "selector" in service["spec"] and _leads(service, o)]
        if max(behind, default=0):
            least[_name(service)] = max(behind)
    return least


def missing(objects: Iterable[Object], ready: Mapping[str, int]) -> list[str]:
    """What was ready too rarely."""
    return [
        f"{name}: {ready.get(name, 0)} ready instead of {number}"
        for name, number in sorted(needed(objects).items())
        if ready.get(name, 0) < number
    ]


def _leads(service: Object, workload: Object) -> bool:
    if workload["kind"] not in ("Deployment", "StatefulSet"):
        return False
    labels = workload["spec"]["template"]["metadata"]["labels"]
    return service["spec"]["selector"].items() <= labels.items()


def _name(item: Object) -> str:
    return f"{item['kind']}/{item['metadata']['name']}"
