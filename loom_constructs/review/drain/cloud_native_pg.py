"""What CloudNativePG makes of a Cluster: pods, placed as the Cluster says, and budgets of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..ends import Object


def instances(item: Object) -> int:
    """How many servers there are."""
    number: int = item["spec"].get("instances", 1)
    return number


def blocks(item: Object) -> bool:
    """Whether its primary can never go: the operator's budget holds it, and there is no other to take its place."""
    return instances(item) == 1 and careful(item)


def careful(item: Object) -> bool:
    """Whether one goes at a time: the operator's budgets let one standby go, and its primary once another took over."""
    return bool(item["spec"].get("enablePDB", True))


def pod(item: Object) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """Labels of its pods, and how the operator places them."""
    labels = {"cnpg.io/cluster": str(item["metadata"].get("name"))}
    said = item["spec"].get("affinity") or {}
    if not said.get("enablePodAntiAffinity", True) or said.get("podAntiAffinityType") != "required":
        return labels, {}
    term = {
        "labelSelector": {"matchLabels": labels},
        "topologyKey": said.get("topologyKey") or "kubernetes.io/hostname",
    }
    required = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    return labels, {"affinity": {"podAntiAffinity": required}}
