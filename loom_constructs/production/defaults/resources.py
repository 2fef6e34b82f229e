"""Effect: every container says what it needs, and gets no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from .finding import Allow, Finding
from .pods import Pods
from .world import World


class ResourceClass(StrEnum):
    """Recommended requests and limits, to start with: measure, and say your own."""

    SCRIPT = "10m/32Mi to 250m/64Mi"
    """Init containers and Jobs that run a short script; what `Resources.small()` is."""

    SMALL = "100m/256Mi to 500m/512Mi"
    """The best-practice document's values for a service."""

    MEDIUM = "250m/512Mi to 1/1Gi"
    """The control plane on a laptop."""

    LARGE = "500m/1Gi to 4/4Gi"
    """The control plane in production."""

    @property
    def amounts(self) -> dict[str, dict[str, str]]:
        """As it stands in a container."""
        low, high = (dict(zip(("cpu", "memory"), side.split("/"), strict=True)) for side in self.value.split(" to "))
        return {"requests": low, "limits": high}


Classes = Mapping[str, ResourceClass] | ResourceClass


@dataclass(frozen=True)
class RequireResources:
    """Requests and limits of processor and memory, for init containers too.

    A request that is missing beside a limit becomes the limit, as the API server does for pods. Nothing is guessed.

    Args:
        classes: For containers that say nothing: by workload, by `workload/container`, or one for all.
    """

    classes: Classes

    def __call__(self, pods: Pods, world: World) -> Iterator[Finding]:
        """Adds the amounts of a class; finds containers that have neither."""
        for container in pods.all_containers:
            name = container["name"]
            said = container.get("resources") or {}
            limits, requests = dict(said.get("limits") or {}), dict(said.get("requests") or {})
            chosen = self._chosen(pods.name, name)
            if chosen and not {"cpu", "memory"} & (set(limits) | set(requests)):
                requests |= chosen.amounts["requests"]
                limits |= chosen.amounts["limits"]
            for resource in ("cpu", "memory"):
                if resource in limits:
                    requests.setdefault(resource, limits[resource])
            missing = [
                f"{side}.{resource}"
                for side, amounts in (("requests", requests), ("limits", limits))
                for resource in ("cpu", "memory")
                if resource not in amounts
            ]
            if missing:
                yield Finding(
                    Allow.NO_RESOURCES,
                    f"container {name} has no {', '.join(missing)}",
                    f'set resources, or choose resources={{"{pods.name}/{name}": ResourceClass.SMALL}}',
                )
            if requests or limits:
                container["resources"] = {**said, "requests": requests, "limits": limits}

    def _chosen(self, workload: str, container: str) -> ResourceClass | None:
        if isinstance(self.classes, ResourceClass):
            return self.classes
        return self.classes.get(f"{workload}/{container}", self.classes.get(workload))
