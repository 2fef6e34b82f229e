"""Effect: workloads and pods say what they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...kubernetes.image import version
from ...kubernetes.labels import MANAGER
from ...kubernetes.manifest import Body
from .finding import Finding
from .pods import Pods
from .world import World

_PREFIX = "app.kubernetes.io/"


@dataclass(frozen=True)
class AddLabels:
    """`app`, `version` and `environment`, and Kubernetes' recommended ones, on the workload and its pods.

    Selectors stay as they are, since Kubernetes refuses to change them, and so do claim templates. A label that stands
    on one of the two is taken over to the other. The version is the tag of the first container's image.

    Args:
        environment: Nothing is added without it.
    """

    environment: str | None

    def __call__(self, pods: Pods, world: World) -> Iterator[Finding]:
        """Adds the labels; finds those by which the pods would get behind a Service that is not theirs."""
        before = pods.labels
        theirs = {**(pods.body["metadata"].get("labels") or {}), **before}
        labels = {key: theirs.get(key, value) for key, value in self._wanted(pods).items() if theirs.get(key, value)}
        holders = [pods.body, pods.template]
        if pods.kind == "CronJob":
            holders.append(pods.body["spec"]["jobTemplate"])
        for holder in holders:
            metadata: Body = holder.setdefault("metadata", {})
            metadata["labels"] = {**(known := metadata.get("labels") or {}), **labels, **known}
        for service in world.services(pods):
            selector = service["spec"].get("selector") or {}
            new = [key for key, value in selector.items() if key not in before and pods.labels.get(key) == value]
            if new and all(pods.labels.get(key) == value for key, value in selector.items()):
                name = service["metadata"]["name"]
                what = f"label {new[0]}={selector[new[0]]} would put its pods behind Service {name}"
                yield Finding(None, what, f"give its pods a label {new[0]} of their own")

    def _wanted(self, pods: Pods) -> dict[str, str | None]:
        name = pods.name[:63].strip("-.")
        containers = pods.containers
        release = version(containers[0].get("image") or "") if containers else ""
        return {
            "app": name,
            "version": release,
            "environment": self.environment,
            f"{_PREFIX}name": name,
            f"{_PREFIX}instance": name,
            f"{_PREFIX}version": release,
            f"{_PREFIX}managed-by": MANAGER,
        }
