"""Effect: one pod cannot fill the node's disk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...kubernetes.manifest import Body
from .finding import Allow, Finding
from .pods import Pods
from .world import World

_UNITS = {
    "": 1,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "Ki": 1 << 10,
    "Mi": 1 << 20,
    "Gi": 1 << 30,
    "Ti": 1 << 40,
}
_MEBI = 1 << 20
_EPHEMERAL = "ephemeral-storage"


@dataclass(frozen=True)
class LimitStorage:
    """Requests and limits of the node's disk for every container.

    The kubelet evicts a pod whose containers and empty volumes together take more than the sum of the limits. So the
    limit of a container is what it may write itself, and the sizes of the empty volumes that it mounts. The kubelet
    keeps 50Mi of logs of a container (five files of 10Mi).

    Args:
        request: What the scheduler reserves for each container, in MiB.
        own: What a container may write beside volumes, logs included, in MiB.
    """

    request: int = 64
    own: int = 256

    def __call__(self, pods: Pods, world: World) -> Iterator[Finding]:
        """Adds requests and limits; finds empty volumes without a size."""
        sizes: dict[str, int] = {}
        for volume in pods.pod.get("volumes") or []:
            empty = volume.get("emptyDir", False)
            if empty is False:
                continue
            size = in_bytes((empty or {}).get("sizeLimit"))
            if size is None:
                what = f"volume {volume['name']} (emptyDir) has no size"
                yield Finding(Allow.ENDLESS_SCRATCH, what, "set sizeLimit; a pod that exceeds it is evicted")
            elif (empty or {}).get("medium") != "Memory":
                sizes[volume["name"]] = size
        left = dict(sizes)
        for container in [*pods.containers, *pods.init_containers]:
            mounted = [m["name"] for m in container.get("volumeMounts") or []]
            volumes = sum(left.pop(name, 0) for name in mounted)
            self._limit(container, volumes)

    def _limit(self, container: Body, volumes: int) -> None:
        said = container.get("resources") or {}
        requests, limits = dict(said.get("requests") or {}), dict(said.get("limits") or {})
        limits.setdefault(_EPHEMERAL, f"{self.own + -(-volumes // _MEBI)}Mi")
        most = in_bytes(limits[_EPHEMERAL]) or self.request * _MEBI
        requests.setdefault(_EPHEMERAL, f"{self.request}Mi" if most >= self.request * _MEBI else limits[_EPHEMERAL])
        container["resources"] = {**said, "requests": requests, "limits": limits}


def in_bytes(quantity: object) -> int | None:
    """An amount of Kubernetes in bytes; nothing, where none is said or it cannot be read."""
    found = re.fullmatch(r"([0-9.]+)([kKMGT]?i?)", str(quantity)) if quantity is not None else None
    return int(float(found[1]) * _UNITS[found[2]]) if found and found[2] in _UNITS else None
