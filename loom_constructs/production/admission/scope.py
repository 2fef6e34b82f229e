"""Where rules hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...kubernetes import checks

SYSTEM = (
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "linkerd",
    "linkerd-cni",
    "linkerd-viz",
    "cert-manager",
    "cnpg-system",
    "gatekeeper-system",
    "kyverno",
)
"""Namespaces of the cluster and of what runs it. Rules never hold there: what they refuse is what these need, and an
engine that refuses its own pods does not come back."""

_NAME = "kubernetes.io/metadata.name"


@dataclass(frozen=True)
class AdmissionScope:
    """The namespaces in which rules hold: those with a name, or those with labels, but never the system's.

    Args:
        names: Of namespaces.
        labels: Of namespaces, instead of names; all of them.
        exempt: Names of namespaces that labels would select, and that are left alone.
    """

    names: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = None
    exempt: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checks.texts("names", self.names)
        checks.texts("exempt", self.exempt)
        if bool(self.names) == bool(self.labels):
            raise checks.refuse("names", "given, or labels, but not both", (self.names, self.labels))
        for name in (*self.names, *self.exempt):
            checks.dns_label("names", name)
            if name in SYSTEM and name in self.names:
                raise checks.refuse("names", "names of namespaces of yours, not the system's", name)
        if self.labels:
            checks.text_map("labels", self.labels)
            for key, value in self.labels.items():
                checks.label("labels", key, value)
        elif self.exempt:
            raise checks.refuse("exempt", "empty without labels", self.exempt)

    @property
    def selector(self) -> dict[str, Any]:
        """What selects the namespaces, as all three engines take it."""
        if not self.labels:
            return {"matchExpressions": [{"key": _NAME, "operator": "In", "values": list(self.names)}]}
        left = [*SYSTEM, *(n for n in self.exempt if n not in SYSTEM)]
        return {
            "matchLabels": dict(self.labels),
            "matchExpressions": [{"key": _NAME, "operator": "NotIn", "values": left}],
        }
