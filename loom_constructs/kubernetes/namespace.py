"""Namespaces."""

from __future__ import annotations

from collections.abc import Mapping

from cdk8s import Chart
from constructs import Construct

from .checks import dns_label
from .labels import MANAGER
from .manifest import Manifest


class Namespace(Construct):
    """A namespace that enforces the Pod Security standard `restricted`.

    Put it into a chart without a namespace of its own.

    Args:
        name: Of the namespace.
        labels: Further labels.
    """

    manifest: Manifest
    """The Namespace."""

    def __init__(self, scope: Construct, id: str, *, name: str, labels: Mapping[str, str] | None = None) -> None:
        dns_label("name", name)
        super().__init__(scope, id)
        security = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
        self.manifest = Manifest(
            self,
            "namespace",
            {"apiVersion": "v1", "kind": "Namespace"},
            name=name,
            labels={
                "app.kubernetes.io/name": name,
                "app.kubernetes.io/instance": name,
                "app.kubernetes.io/managed-by": MANAGER,
                **security,
                **(labels or {}),
            },
        )
        self.node.default_child = self.manifest


def namespace_of(scope: Construct) -> str:
    """The namespace that a construct's objects land in."""
    return Chart.of(scope).namespace or "default"
