"""Claims of persistent storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cdk8s import Size

from .checks import dns_name, instance
from .manifest import plain
from .quantities import at_least_size, notation


@dataclass(frozen=True)
class Claim:
    """How much storage, and of which kind.

    Args:
        size: It can grow later if the storage class allows that, and never shrink.
        storage_class: Its name; without one, the cluster's default.
        shared: Mounted by pods on several nodes at once (ReadWriteMany); the storage class must be able to.
    """

    size: Size
    storage_class: str | None = None
    shared: bool = False

    def __post_init__(self) -> None:
        instance("size", self.size, Size)
        at_least_size("size", self.size, Size.mebibytes(1))
        if self.storage_class is not None:
            dns_name("storage_class", self.storage_class)

    def spec(self) -> dict[str, Any]:
        """As it stands in a PersistentVolumeClaim or a claim template."""
        return plain(
            accessModes=["ReadWriteMany" if self.shared else "ReadWriteOnce"],
            storageClassName=self.storage_class,
            resources={"requests": {"storage": notation(self.size)}},
        )

    def template(self, name: str, labels: dict[str, str]) -> dict[str, Any]:
        """As it stands in a StatefulSet. Labels must never change there: selectors only."""
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "labels": labels},
            "spec": self.spec(),
        }
