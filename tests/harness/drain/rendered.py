"""What is rendered, changed so that it runs on simulated nodes. Each change is here, and there is no other:

- It lies in a namespace of its own; so do the names of classes of storage and of priority, which belong to all.
- Pods tolerate the simulated nodes and want nothing else.
- Custom resources, policies of network and admission, and the Ingress are left out: nothing on these nodes heeds them.
- CronJobs are suspended: none of their runs happens by chance.
- A Cluster of CloudNativePG becomes what its operator makes of it (`cloud_native_pg.py`).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from . import cloud_native_pg, storage
from .nodes import TAINT

Object = dict[str, Any]

NAMESPACE = "drain-proof"
KEPT = (
    *("Namespace", "ServiceAccount", "ConfigMap", "Service", "PersistentVolumeClaim", "ResourceQuota", "LimitRange"),
    *("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "PodDisruptionBudget", "HorizontalPodAutoscaler"),
    "PriorityClass",
)
BUILT_IN = ("", "apps", "batch", "policy", "autoscaling", "scheduling.k8s.io")


def adapted(objects: Iterable[Object]) -> list[Object]:
    """The objects as they are applied: those of the whole cluster first, then the namespace, then all others."""
    given = [copy.deepcopy(o) for o in objects]
    kept = [o for o in given if o["kind"] in KEPT and _group(o) in BUILT_IN]
    kept += [made for o in given if o["kind"] == "Cluster" for made in cloud_native_pg.of(o)]
    kept += storage.classes(kept)
    for item in kept:
        _adapt(item)
    order = ("PriorityClass", "StorageClass", "PersistentVolume", "Namespace", "PodDisruptionBudget")
    return sorted(kept, key=lambda o: order.index(o["kind"]) if o["kind"] in order else len(order))


def _group(item: Object) -> str:
    return str(item["apiVersion"]).rpartition("/")[0]


def _adapt(item: Object) -> None:
    kind, metadata, spec = item["kind"], item["metadata"], item.get("spec", {})
    if kind == "Namespace":
        metadata["name"] = NAMESPACE
    elif kind == "PriorityClass":
        metadata["name"] = storage.PREFIX + metadata["name"]
        item["globalDefault"] = False
    elif kind not in ("StorageClass", "PersistentVolume"):
        metadata["namespace"] = NAMESPACE
    if kind == "CronJob":
        spec["suspend"] = True
        _pod(spec["jobTemplate"]["spec"]["template"])
    elif "template" in spec:
        _pod(spec["template"])
    if kind == "PersistentVolumeClaim":
        item["spec"] = storage.renamed(spec)
    for template in spec.get("volumeClaimTemplates", []):
        template["spec"] = storage.renamed(template["spec"])


def _pod(template: Object) -> None:
    spec = template["spec"]
    spec["nodeSelector"] = {**spec.get("nodeSelector", {}), TAINT + "-node": "yes"}
    spec["tolerations"] = [*spec.get("tolerations", []), {"key": TAINT, "operator": "Exists"}]
    if name := spec.get("priorityClassName"):
        spec["priorityClassName"] = name if name.startswith("system-") else storage.PREFIX + name
