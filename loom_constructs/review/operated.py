"""Pods that an operator makes from an object: known by what the operator is known to put on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .ends import Object


@dataclass(frozen=True)
class Made:
    """A pod that an operator makes.

    Args:
        label: The label by which it is known; the value is the object's name.
        ports: Names and numbers of what its main container listens on.
        metadata: What the object passes on to its pods.
    """

    label: str
    ports: Mapping[str, int]
    metadata: Callable[[Object], Mapping[str, Any]] = field(compare=False)

    def template(self, item: Object) -> dict[str, Any]:
        """The pod's template; the ServiceAccount is called like the object."""
        inherited, name = self.metadata(item.get("spec") or {}), str(item["metadata"].get("name"))
        ports = [{"name": n, "containerPort": p} for n, p in self.ports.items()]
        return {
            "metadata": {
                "labels": {**(inherited.get("labels") or {}), self.label: name},
                "annotations": inherited.get("annotations") or {},
            },
            "spec": {"serviceAccountName": name, "containers": [{"name": "main", "ports": ports}]},
        }


def _inherited(spec: Object) -> Mapping[str, Any]:
    return spec.get("inheritedMetadata") or {}


def _of_template(spec: Object) -> Mapping[str, Any]:
    return (spec.get("template") or {}).get("metadata") or {}


MADE: Mapping[tuple[str, str], Made] = {
    ("postgresql.cnpg.io", "Cluster"): Made(
        "cnpg.io/cluster", {"postgresql": 5432, "status": 8000, "metrics": 9187}, _inherited
    ),
    ("postgresql.cnpg.io", "Pooler"): Made("cnpg.io/poolerName", {"pgbouncer": 5432, "metrics": 9127}, _of_template),
}
"""By group and kind. The Jobs that prepare an instance have the label of the instances, too."""
