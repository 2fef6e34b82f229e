"""The operator, as network policies must know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ....kubernetes import checks
from ....traffic import Peer


@dataclass(frozen=True)
class CloudNativePgOperator:
    """Where CloudNativePG runs; the defaults are those of its own manifests.

    Args:
        namespace: Where its pods are.
        labels: What selects them.
    """

    namespace: str = "cnpg-system"
    labels: Mapping[str, str] = field(default_factory=lambda: {"app.kubernetes.io/name": "cloudnative-pg"}, hash=False)

    def __post_init__(self) -> None:
        checks.dns_label("namespace", self.namespace)
        checks.text_map("labels", self.labels)
        if not self.labels:
            raise checks.refuse("labels", "those of its pods, or all pods of the namespace would be meant", self.labels)

    @property
    def peer(self) -> Peer:
        """Its pods."""
        return Peer("cloudnative-pg", self.namespace, self.labels, service_account="cnpg-manager")
