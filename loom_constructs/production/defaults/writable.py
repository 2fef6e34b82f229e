"""Effect: what programs write to although their root file system is read-only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from ...kubernetes.manifest import Body
from .finding import Finding
from .pods import Pods
from .world import World


@dataclass(frozen=True)
class MakeWritable:
    """An empty volume with a size for each path and container; what is in it goes with the pod.

    Containers share none of them: a file of one is never taken for a file of the other.

    Args:
        paths: In every container whose root file system is read-only and that mounts nothing there or above.
        size: Of each, in Kubernetes' notation; a pod that exceeds it is evicted.
    """

    paths: tuple[str, ...]
    size: str

    def __call__(self, pods: Pods, world: World) -> Iterator[Finding]:
        """Adds volumes and mounts."""
        yield from ()
        for container in pods.all_containers:
            if (container.get("securityContext") or {}).get("readOnlyRootFilesystem") is not True:
                continue
            for path in self.paths:
                mounts: list[Body] = container.get("volumeMounts") or []
                taken = {PurePosixPath(m["mountPath"]) for m in mounts}
                wanted = PurePosixPath(path)
                if wanted in taken or any(parent in taken for parent in wanted.parents):
                    continue
                volumes: list[Body] = pods.pod.get("volumes") or []
                name = _name(container["name"], path, {v["name"] for v in volumes})
                pods.pod["volumes"] = [*volumes, {"name": name, "emptyDir": {"sizeLimit": self.size}}]
                container["volumeMounts"] = [*mounts, {"name": name, "mountPath": path}]


def _name(container: str, path: str, taken: set[str]) -> str:
    """A volume's name: at most 63 characters, and free."""
    end = re.sub(r"[^a-z0-9]+", "-", path.lower()).rstrip("-") or "-root"
    number = 1
    while True:
        suffix = end if number == 1 else f"{end}-{number}"
        name = container[: max(1, 63 - len(suffix))].rstrip("-") + suffix
        name = name[:63].rstrip("-")
        if name not in taken:
            return name
        number += 1
