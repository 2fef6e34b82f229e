"""Effect: pods lie on several zones and nodes."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .finding import Finding
from .pods import Pods
from .world import World

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


class ZoneSpread(StrEnum):
    """What happens to a pod that would make zones uneven."""

    HARD = "DoNotSchedule"
    """It waits. Nodes must have the label `topology.kubernetes.io/zone`; pods do not start on nodes without it."""

    SOFT = "ScheduleAnyway"
    """It starts nevertheless: for clusters with one zone, or whose nodes have no zones."""


@dataclass(frozen=True)
class SpreadPods:
    """Zones differ by one pod at most (hard or soft), nodes by two where possible: the best-practice document's values.

    Each release of a Deployment is spread by itself (`matchLabelKeys`), or pods of the old one would push those of the
    new one into one zone. A zone whose nodes are all cordoned or lost does not count (`nodeTaintsPolicy`): otherwise
    it would hold up the pods that must move elsewhere.
    """

    zones: ZoneSpread

    def __call__(self, pods: Pods, world: World) -> Iterator[Finding]:
        """Adds both constraints where there are none, and more than one pod."""
        yield from ()
        alone = pods.spec.get("replicas", 2) < 2 and not world.autoscaled(pods)
        if not pods.replicated or alone or "topologySpreadConstraints" in pods.pod:
            return
        each_release = {"matchLabelKeys": ["pod-template-hash"]} if pods.kind == "Deployment" else {}

        def constraint(key: str, skew: int, otherwise: ZoneSpread) -> dict[str, Any]:
            return {
                "maxSkew": skew,
                "topologyKey": key,
                "whenUnsatisfiable": otherwise.value,
                "nodeTaintsPolicy": "Honor",
                "labelSelector": deepcopy(pods.spec["selector"]),
                **each_release,
            }

        pods.pod["topologySpreadConstraints"] = [
            constraint(ZONE, 1, self.zones),
            constraint(HOST, 2, ZoneSpread.SOFT),
        ]
