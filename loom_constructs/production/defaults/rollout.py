"""Effect: a new release never takes pods away before theirs are ready."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...kubernetes import ROLLING_UPDATE
from ...kubernetes.manifest import Body
from .finding import Allow, Finding
from .pods import Pods
from .world import World

_FILLED_IN = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
"""What the API server makes of a Deployment that says nothing, and cdk8s-plus writes out."""


@dataclass(frozen=True)
class RollGently:
    """Deployments start one pod more and stop none before it is ready; all wait before a pod counts as available.

    A Deployment whose pods mount a claim that only one node can mount is replaced (`Recreate`): a rolling update would
    wait for ever for a volume that the old pod holds. What a Deployment says itself stays, except that what cdk8s-plus
    writes out for everybody (25 %, 0 seconds) counts as not said.

    Args:
        min_ready: Seconds that a new pod must be ready before it counts, so that one which crashes after its first
            probe stops the roll-out.
    """

    min_ready: int

    def __call__(self, pods: Pods, world: World) -> Iterator[Finding]:
        """Adds strategy and `minReadySeconds`; finds claims of which nothing is known."""
        spec = pods.spec
        if pods.kind == "Deployment":
            if pods.cdk8s_plus and spec.get("strategy") == _FILLED_IN:
                del spec["strategy"]
            yield from self._strategy(pods, world)
        if pods.cdk8s_plus and spec.get("minReadySeconds") == 0:
            del spec["minReadySeconds"]
        if pods.serves:
            spec.setdefault("minReadySeconds", self.min_ready)

    def _strategy(self, pods: Pods, world: World) -> Iterator[Finding]:
        claims = [c for v in pods.pod.get("volumes") or [] if (c := _claim(v))]
        modes = {claim: world.access_modes(pods, claim) for claim in claims}
        said = pods.spec.get("strategy") or {}
        exclusive = [
            claim for claim, known in modes.items() if known and not {"ReadWriteMany", "ReadOnlyMany"} & set(known)
        ]
        if not said and exclusive:
            pods.spec["strategy"] = {"type": "Recreate"}
        elif exclusive and said.get("type") != "Recreate":
            what = f"claim {exclusive[0]} can be mounted by one node, and the roll-out needs two pods"
            yield Finding(Allow.SHARED_CLAIM, what, "set strategy to Recreate, or make it a StatefulSet")
        elif not said and None in modes.values():
            unknown = next(claim for claim, known in modes.items() if known is None)
            what = f"claim {unknown} is not in this app, so nobody knows whether two pods can mount it"
            yield Finding(
                Allow.SHARED_CLAIM, what, "set strategy: Recreate if one node can mount it, else RollingUpdate"
            )
        elif not said:
            pods.spec["strategy"] = {**ROLLING_UPDATE, "rollingUpdate": {**ROLLING_UPDATE["rollingUpdate"]}}


def _claim(volume: Body) -> str | None:
    claim = volume.get("persistentVolumeClaim")
    return str(claim["claimName"]) if claim else None
