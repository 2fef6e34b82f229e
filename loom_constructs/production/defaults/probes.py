"""Effect: nobody is sent to a pod that cannot answer."""

from __future__ import annotations

from collections.abc import Iterator

from .finding import Allow, Finding
from .pods import Pods
from .world import World


def require_readiness(pods: Pods, world: World) -> Iterator[Finding]:
    """Each container of a program that runs on has a readiness probe; what to ask, only the author knows.

    A start-up probe alone does not do: once it has passed, a pod that stops answering stays in its Service.
    """
    if not pods.serves:
        return
    for container in pods.containers:
        if not container.get("readinessProbe"):
            what = f"container {container['name']} has no readiness probe"
            yield Finding(Allow.NO_READINESS, what, "set readinessProbe to what says that it can work")
