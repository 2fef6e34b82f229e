"""Labels: how objects and pods are named for people and selected by machines."""

from __future__ import annotations

from dataclasses import dataclass

from .checks import dns_label

MANAGER = "cdk8s"


@dataclass(frozen=True)
class Labels:
    """The labels of one workload and everything that belongs to it.

    Args:
        name: The program, such as `postgresql`.
        instance: This installation of it, unique in its namespace, such as `loom-db`.
        component: Its part in the whole, such as `database`.
        version: Of the program; on objects and pods, never in selectors.
    """

    name: str
    instance: str
    component: str
    version: str

    def __post_init__(self) -> None:
        dns_label("name", self.instance)

    @property
    def selector(self) -> dict[str, str]:
        """What selects the pods. Frozen: Kubernetes refuses to change the selector of a workload."""
        return {"app.kubernetes.io/name": self.name, "app.kubernetes.io/instance": self.instance}

    @property
    def all(self) -> dict[str, str]:
        """What stands on objects and pods."""
        return {
            "app": self.instance,
            "version": self.version,
            **self.selector,
            "app.kubernetes.io/component": self.component,
            "app.kubernetes.io/version": self.version,
            "app.kubernetes.io/managed-by": MANAGER,
        }
