"""Pods that are each other's replacement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..ends import Object
from ..manifests import TEMPLATES, group_of
from ..upgrade.key import Key, key_of
from .cloud_native_pg import careful, instances, pod

SERVING = ("Deployment", "StatefulSet", "ReplicaSet", "Cluster")
"""Kinds that are to have ready pods all the time; a DaemonSet's pods go with their node, a Job's end by themselves."""
ENDING = ("Job", "CronJob")


@dataclass(frozen=True)
class Group:
    """Pods that are each other's replacement.

    Args:
        number: How many there are at the least; of a Job, as many as run at once.
        spec: The pod's.
        zonal: Whether each has a volume of its own, which is of a zone: such a pod waits for its zone.
        careful: Whether an operator lets only one go at a time.
    """

    key: Key
    labels: Mapping[str, str]
    number: int
    spec: Mapping[str, Any]
    zonal: bool = False
    careful: bool = False

    @property
    def serves(self) -> bool:
        """Whether it must not go away."""
        return self.key.kind in SERVING


def groups(objects: Iterable[Object]) -> list[Group]:
    """Everything that makes pods."""
    given = list(objects)
    least = {
        (key_of(o).namespace, o["spec"]["scaleTargetRef"]["kind"], o["spec"]["scaleTargetRef"]["name"]): o["spec"].get(
            "minReplicas", 1
        )
        for o in given
        if (group_of(o), o["kind"]) == ("autoscaling", "HorizontalPodAutoscaler")
    }
    writers = {
        key_of(o)[2:]
        for o in given
        if o["kind"] == "PersistentVolumeClaim" and "ReadWriteMany" not in o["spec"].get("accessModes", ())
    }
    return [made for o in given for made in _made(o, least, writers)]


def _made(item: Object, least: Mapping[tuple[str, str, str], int], writers: set[tuple[str, str]]) -> Iterator[Group]:
    key = key_of(item)
    if (key.group, key.kind) == ("postgresql.cnpg.io", "Cluster"):
        labels, spec = pod(item)
        yield Group(key, labels, instances(item), spec, zonal=True, careful=careful(item))
    elif key.group == "apps" and key.kind in ("Deployment", "StatefulSet", "ReplicaSet"):
        template, said = item["spec"]["template"], item["spec"].get("replicas")
        number = least.get((key.namespace, key.kind, key.name), 1 if said is None else said)
        spec = template.get("spec") or {}
        claims = {(v.get("persistentVolumeClaim") or {}).get("claimName") for v in spec.get("volumes") or ()}
        own = bool(item["spec"].get("volumeClaimTemplates"))
        zonal = own or bool({(key.namespace, c) for c in claims} & writers)
        yield Group(key, template["metadata"].get("labels") or {}, number, spec, zonal=zonal)
    elif key.group == "batch" and key.kind in ENDING:
        template = item
        for step in TEMPLATES[key.kind]:
            template = template.get(step) or {}
        labels = (template.get("metadata") or {}).get("labels") or {}
        yield Group(key, labels, 1, template.get("spec") or {})
