"""How many pods and claims an object makes at once, at most."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Object = Mapping[str, Any]

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "Pooler", "Cluster")
AUTOSCALERS = ("HorizontalPodAutoscaler", "ScaledObject")
KINDS = (*WORKLOADS, *AUTOSCALERS, "PersistentVolumeClaim", "ObjectStore", "Service")
"""What is looked at; other operators' objects are not known."""

_KEDAS_MAXIMUM = 100


@dataclass(frozen=True)
class Made:
    """Pods that are alike, and the claims beside them.

    Args:
        count: How many there are at once, at most.
        claims: Specifications of claims; each one stands for one claim.
    """

    name: str
    count: int
    template: Object
    claims: Sequence[Object] = field(default_factory=tuple)


def made(objects: Sequence[Object], *, nodes: int | None) -> Iterator[Made]:
    """Of every workload: the pods of its biggest moment.

    That is a rolling update with all replicas that its autoscaler may ask for; of a CronJob, one run (two where it does
    not forbid that); of CloudNativePG, all instances and one Job that makes another.

    Raises:
        ValueError: There is a DaemonSet, and `nodes` is not given.
    """
    most = dict(_autoscaled(objects))
    for item in objects:
        if item["kind"] not in WORKLOADS:
            continue
        name, spec = f"{item['kind']} {item['metadata'].get('name')}", item.get("spec") or {}
        if _group(item) == "postgresql.cnpg.io":
            yield _instances(name, spec, objects) if item["kind"] == "Cluster" else _poolers(name, spec)
        elif item["kind"] not in ("Cluster", "Pooler"):
            yield _pods(name, item, spec, most, nodes)


def _pods(name: str, item: Object, spec: Object, most: Mapping[str, int], nodes: int | None) -> Made:
    kind, template = item["kind"], spec.get("template") or {}
    replicas = max(spec.get("replicas", 1), most.get(name, 0))
    claims: list[Object] = []
    if kind == "Deployment":
        count = replicas + _surge(spec.get("strategy") or {}, replicas)
    elif kind == "DaemonSet":
        if nodes is None:
            raise ValueError(f"{name} runs on every node, and a quota has to know how many there are; pass nodes")
        count = nodes + _surge({"rollingUpdate": {"maxSurge": 0}, **(spec.get("updateStrategy") or {})}, nodes)
    elif kind == "Job":
        count = min(spec.get("parallelism", 1), spec.get("completions", spec.get("parallelism", 1)))
    elif kind == "CronJob":
        job = (spec.get("jobTemplate") or {}).get("spec") or {}
        # one that is replaced counts until it has ended
        times = 1 if spec.get("concurrencyPolicy") == "Forbid" else 2
        template, count = job.get("template") or {}, times * job.get("parallelism", 1)
    elif kind == "Pod":
        template, count = item, 1
    else:
        count = replicas
        claims = [t["spec"] for t in spec.get("volumeClaimTemplates") or ()] * count
    volumes = (template.get("spec") or {}).get("volumes") or ()
    ephemeral = [v["ephemeral"]["volumeClaimTemplate"]["spec"] for v in volumes if "ephemeral" in v]
    return Made(name, count, template, [*claims, *(ephemeral * count)])


def _surge(strategy: Object, replicas: int) -> int:
    if strategy.get("type") in ("Recreate", "OnDelete"):
        return 0
    surge = (strategy.get("rollingUpdate") or {}).get("maxSurge", "25%")
    return math.ceil(replicas * int(surge[:-1]) / 100) if isinstance(surge, str) and surge.endswith("%") else int(surge)


def _autoscaled(objects: Iterable[Object]) -> Iterator[tuple[str, int]]:
    """The most replicas that an autoscaler may ask for, by what it scales."""
    for item in objects:
        if item["kind"] in AUTOSCALERS:
            target = item["spec"].get("scaleTargetRef") or {}
            most = item["spec"].get("maxReplicas") or item["spec"].get("maxReplicaCount") or _KEDAS_MAXIMUM
            yield f"{target.get('kind', 'Deployment')} {target.get('name')}", most


def _instances(name: str, spec: Object, objects: Sequence[Object]) -> Made:
    """The servers of CloudNativePG, and a Job of theirs: it makes the first one, or one that joins."""
    resources = {"resources": spec.get("resources") or {}}
    stores = {o["metadata"].get("name"): o.get("spec") or {} for o in objects if o["kind"] == "ObjectStore"}
    sidecars = [
        {
            "name": str(plugin["name"]).partition(".")[0],
            "restartPolicy": "Always",
            "resources": _sidecar(stores.get((plugin.get("parameters") or {}).get("barmanObjectName"), {})),
        }
        for plugin in spec.get("plugins") or ()
    ]
    template = {
        "metadata": spec.get("inheritedMetadata") or {},
        "spec": {
            "initContainers": [*sidecars, {"name": "bootstrap-controller", **resources}],
            "containers": [{"name": "postgres", **resources}],
        },
    }
    volumes = [spec.get("storage"), spec.get("walStorage"), *(t.get("storage") for t in spec.get("tablespaces") or ())]
    claims = [
        {"storageClassName": v.get("storageClass"), "resources": {"requests": {"storage": v["size"]}}}
        for v in volumes
        if v and "size" in v
    ]
    count = spec.get("instances", 1)
    return Made(name, count + 1, template, claims * count)


def _sidecar(store: Object) -> Object:
    resources: Object = (store.get("instanceSidecarConfiguration") or {}).get("resources") or {}
    return resources


def _poolers(name: str, spec: Object) -> Made:
    count = spec.get("instances", 1)
    template = spec.get("template") or {}
    if not (template.get("spec") or {}).get("containers"):
        template = {**template, "spec": {"containers": [{"name": "pgbouncer"}]}}
    return Made(name, count + _surge(spec.get("deploymentStrategy") or {}, count), template)


def _group(item: Object) -> str:
    return str(item["apiVersion"]).rpartition("/")[0]
