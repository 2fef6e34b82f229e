"""What the cluster must be before anything is sent to it."""

from __future__ import annotations

import json
from typing import Any

from ..kubectl import DeliveryError, kubectl, refuse_other_environment
from .versions import KUBERNETES, numbers

_NODES_FOR_HIGH_AVAILABILITY = 3


def refuse_others(*, namespace: str, environment: str, high_availability: bool) -> str:
    """Stops at the wrong environment, a Kubernetes that is too old, or too few nodes. Returns what was found."""
    refuse_other_environment(namespace, environment)
    server: str = json.loads(kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"]
    if numbers(server) < numbers(KUBERNETES):
        raise DeliveryError(f"Kubernetes must be {KUBERNETES} or newer for Linkerd, got {server}")
    found = len(nodes())
    if high_availability and found < _NODES_FOR_HIGH_AVAILABILITY:
        raise DeliveryError(
            f"high_availability must be off with fewer than {_NODES_FOR_HIGH_AVAILABILITY} nodes, got {found}: each "
            "part of Linkerd would have three pods that share no node; --no-ha turns it off"
        )
    return f"context {kubectl('config', 'current-context').strip()}, Kubernetes {server}"


def nodes() -> list[dict[str, Any]]:
    """The nodes of the cluster."""
    items: list[dict[str, Any]] = json.loads(kubectl("get", "nodes", "-o", "json"))["items"]
    return items
