"""Volumes: a container mounts one, and the pod declares it by that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cdk8s import Size

from .checks import dns_label, instance
from .manifest import plain
from .quantities import notation
from .values import SecretKey


@dataclass(frozen=True)
class Volume:
    """A volume of a pod.

    Args:
        name: Unique in the pod.
        source: What it is, in Kubernetes' own words: `{"emptyDir": {}}`; empty for a claim template of a StatefulSet.
    """

    name: str
    source: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        dns_label("volume name", self.name)
        instance("source", self.source, Mapping)

    @classmethod
    def scratch(cls, name: str, limit: Size) -> Volume:
        """Empty disk space that goes with the pod; a pod that exceeds the limit is evicted."""
        return cls(name, {"emptyDir": {"sizeLimit": notation(limit)}})

    @classmethod
    def memory(cls, name: str, limit: Size) -> Volume:
        """Empty space in memory, never on a disk; it counts towards the container's memory limit."""
        return cls(name, {"emptyDir": {"medium": "Memory", "sizeLimit": notation(limit)}})

    @classmethod
    def config(cls, name: str, config_map: str, *, executable: bool = False) -> Volume:
        """The files of a ConfigMap, read-only."""
        source: dict[str, Any] = {"name": config_map}
        if executable:
            source["defaultMode"] = 0o555
        return cls(name, {"configMap": source})

    @classmethod
    def secrets(cls, name: str, files: Mapping[str, SecretKey]) -> Volume:
        """Entries of Secrets as files, in memory, read-only for the pod's group; the kubelet renews them.

        An optional entry that is missing is no file, and holds nothing up.
        """
        sources = [
            {"secret": plain(name=k.secret.name, items=[{"key": k.key, "path": f}], optional=k.optional or None)}
            for f, k in files.items()
        ]
        return cls(name, {"projected": {"defaultMode": 0o440, "sources": sources}})

    @classmethod
    def secret(cls, name: str, secret: str, *keys: str) -> Volume:
        """The entries of a Secret as files; with keys, only these."""
        source: dict[str, Any] = {"secretName": secret}
        if keys:
            source["items"] = [{"key": key, "path": key} for key in keys]
        return cls(name, {"secret": source})

    @classmethod
    def claim(cls, name: str, claim: str) -> Volume:
        """A PersistentVolumeClaim by its name."""
        return cls(name, {"persistentVolumeClaim": {"claimName": claim}})

    def at(self, sub_path: str) -> Mount:
        """Only a folder or file of it."""
        return Mount(self, sub_path=sub_path)


@dataclass(frozen=True)
class Mount:
    """How a container mounts a volume.

    Args:
        sub_path: Only this folder or file of it.
        per_pod: A folder below `sub_path` for each pod; the container needs the variable `POD_NAME`.
    """

    volume: Volume
    sub_path: str | None = None
    per_pod: bool = False
    read_only: bool = False

    def manifest(self, path: str) -> dict[str, Any]:
        """As it stands in a container."""
        made: dict[str, Any] = {"name": self.volume.name, "mountPath": path}
        if self.sub_path and self.per_pod:
            made["subPathExpr"] = f"{self.sub_path}/$(POD_NAME)"
        elif self.sub_path:
            made["subPath"] = self.sub_path
        if self.read_only or {"configMap", "projected", "secret"} & set(self.volume.source):
            made["readOnly"] = True
        return made
