"""Effect: pods serve on until nobody is sent to them any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .finding import Finding
from .pods import Pods
from .world import World

SLEEP_SINCE = (1, 30)
"""Since this Kubernetes the kubelet itself can sleep (`lifecycle.preStop.sleep`)."""

_GRACE = 30
"""Seconds that Kubernetes gives a pod that says nothing."""


@dataclass(frozen=True)
class StopLate:
    """A pause before a container is told to stop: a Service takes some seconds to forget a pod.

    In containers with ports of Deployments, StatefulSets and DaemonSets that have no `preStop` of their own. The grace
    period gets longer by the pause, unless it was said; what is said stays, and the pause is a part of it.

    Args:
        pause: Seconds.
        kubernetes: From 1.30 the kubelet pauses; before, the container's own `sleep` is run: without such a program the
            container is told to stop at once, as if nothing had been added.
    """

    pause: int
    kubernetes: tuple[int, ...]

    def __call__(self, pods: Pods, world: World) -> Iterator[Finding]:
        """Adds the pause, and the grace period that it needs."""
        yield from ()
        if not pods.serves:
            return
        grace = pods.pod.get("terminationGracePeriodSeconds")
        if pods.cdk8s_plus and grace == _GRACE:
            grace = None
        if grace is not None and grace <= self.pause:
            return
        for container in pods.containers:
            lifecycle = container.get("lifecycle") or {}
            if container.get("ports") and not lifecycle.get("preStop"):
                container["lifecycle"] = {**lifecycle, "preStop": self._pause()}
                if grace is None:
                    pods.pod["terminationGracePeriodSeconds"] = _GRACE + self.pause

    def _pause(self) -> dict[str, Any]:
        if self.kubernetes >= SLEEP_SINCE:
            return {"sleep": {"seconds": self.pause}}
        return {"exec": {"command": ["sleep", str(self.pause)]}}
