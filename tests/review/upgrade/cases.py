"""Changes that the API server accepts or refuses, each with what we say about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from loom_constructs.review.upgrade.verdict import Verdict

from .objects import GONE, changed, made

SAFE, RESTARTS, RECREATION, LOSES = Verdict.SAFE, Verdict.RESTARTS, Verdict.RECREATION, Verdict.LOSES
POD = "spec__template__spec__"
CLAIM = "spec__volumeClaimTemplates__0__"


class Case(NamedTuple):
    """An object before and after.

    Args:
        refused: Whether the API server refuses it; that is so for what needs re-creation, and for some of what loses data.
        valid: Whether it may be made anew as it is after.
    """

    title: str
    verdict: Verdict
    kind: str
    change: dict[str, Any]
    start: Mapping[str, Any] = MappingProxyType({})
    refused: bool | None = None
    valid: bool = True

    @property
    def name(self) -> str:
        """The object's own, so that all of them fit into one namespace."""
        return re.sub("[^a-z0-9]+", "-", self.title.lower()).strip("-")

    @property
    def before(self) -> dict[str, Any]:
        """What runs."""
        item = made(self.kind, **self.start)
        # the name of a definition follows from what it defines
        return item if self.kind == "CustomResourceDefinition" else changed(item, {"metadata__name": self.name})

    @property
    def after(self) -> dict[str, Any]:
        """What is applied."""
        return changed(self.before, self.change)

    @property
    def is_refused(self) -> bool:
        """What the API server is expected to say."""
        return self.verdict == RECREATION if self.refused is None else self.refused


_TIER = {"spec__selector__matchLabels__tier": "front", f"{POD[:-6]}metadata__labels__tier": "front"}
_OWN = {"spec__manualSelector": True, "spec__selector": {"matchLabels": {"app": "shop"}}}
_INDEXED = {"spec__completionMode": "Indexed", "spec__completions": 2}
_FAILURES = {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]}
_MORE = {"requests": {"storage": "20Gi"}}

CASES = [
    Case("Deployment label", SAFE, "Deployment", {"metadata__labels__team": "support"}),
    Case("Deployment annotation", SAFE, "Deployment", {"metadata__annotations": {"note": "mind the gap"}}),
    Case("Deployment more replicas", SAFE, "Deployment", {"spec__replicas": 3}),
    Case("Deployment fewer replicas", RESTARTS, "Deployment", {"spec__replicas": 0}, {"spec__replicas": 1, "spec__paused": True}),
    Case("Deployment image", RESTARTS, "Deployment", {f"{POD}containers__0__image": "registry.example.org/shop:2"}),
    Case("Deployment variable", RESTARTS, "Deployment", {f"{POD}containers__0__env__0__value": "blue"}),
    Case("Deployment another container", RESTARTS, "Deployment", {f"{POD}containers__1": {"name": "helper", "image": "helper:1"}}),
    Case("Deployment strategy that was not written", RECREATION, "Deployment", {"spec__strategy": {"type": "Recreate"}}),
    Case("Deployment strategy that was written", SAFE, "Deployment", {"spec__strategy": {"type": "Recreate"}}, {"spec__strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}),
    Case("Deployment strategy back", SAFE, "Deployment", {"spec__strategy": {"type": "RollingUpdate"}}, {"spec__strategy": {"type": "Recreate"}}),
    Case("Deployment another handler of a probe", RESTARTS, "Deployment", {f"{POD}containers__0__livenessProbe": {"exec": {"command": ["true"]}}}, {f"{POD}containers__0__livenessProbe": {"httpGet": {"port": 80}}}),
    Case("Deployment another kind of volume", RESTARTS, "Deployment", {f"{POD}volumes__0": {"name": "a", "emptyDir": {}}}, {f"{POD}volumes": [{"name": "a", "configMap": {"name": "a"}}]}),
    Case("Deployment selector", RECREATION, "Deployment", _TIER),
    Case("Deployment label that is selected", RECREATION, "Deployment", {f"{POD[:-6]}metadata__labels__app": "other"}, valid=False),
    Case("DaemonSet selector", RECREATION, "DaemonSet", _TIER),
    Case("DaemonSet OnDelete", SAFE, "DaemonSet", {"spec__updateStrategy": {"type": "OnDelete"}}),
    Case("StatefulSet selector", RECREATION, "StatefulSet", _TIER),
    Case("StatefulSet serviceName", RECREATION, "StatefulSet", {"spec__serviceName": "other"}),
    Case("StatefulSet podManagementPolicy", RECREATION, "StatefulSet", {"spec__podManagementPolicy": "Parallel"}),
    Case("StatefulSet larger template", RECREATION, "StatefulSet", {f"{CLAIM}spec__resources": _MORE}),
    Case("StatefulSet template label", RECREATION, "StatefulSet", {f"{CLAIM}metadata__labels": {"a": "b"}}),
    Case("StatefulSet first template", RECREATION, "StatefulSet", {"spec__volumeClaimTemplates": made("StatefulSet")["spec"]["volumeClaimTemplates"]}, {"spec__volumeClaimTemplates": GONE, f"{POD}volumes": [{"name": "data", "emptyDir": {}}]}),
    Case("StatefulSet smaller template", LOSES, "StatefulSet", {f"{CLAIM}spec__resources__requests__storage": "5Gi"}, refused=True),
    Case("StatefulSet template of another class", LOSES, "StatefulSet", {f"{CLAIM}spec__storageClassName": "fast"}, refused=True),
    Case("StatefulSet renamed template", LOSES, "StatefulSet", {f"{CLAIM}metadata__name": "store", f"{POD}containers__0__volumeMounts__0__name": "store"}, refused=True),
    Case("StatefulSet revisionHistoryLimit", SAFE, "StatefulSet", {"spec__revisionHistoryLimit": 3}),
    Case("StatefulSet ordinals", SAFE, "StatefulSet", {"spec__ordinals": {"start": 1}}),
    Case("StatefulSet minReadySeconds", SAFE, "StatefulSet", {"spec__minReadySeconds": 5}),
    Case("StatefulSet updateStrategy that was not written", RECREATION, "StatefulSet", {"spec__updateStrategy": {"type": "OnDelete"}}),
    Case("StatefulSet updateStrategy that was written", SAFE, "StatefulSet", {"spec__updateStrategy": {"type": "OnDelete"}}, {"spec__updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}}),
    Case("StatefulSet retention Delete", LOSES, "StatefulSet", {"spec__persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}, refused=False),
    Case("StatefulSet image", RESTARTS, "StatefulSet", {f"{POD}containers__0__image": "registry.example.org/shop:2"}),
    Case("Job image", RECREATION, "Job", {f"{POD}containers__0__image": "registry.example.org/shop:2"}),
    Case("Job completionMode", RECREATION, "Job", {"spec__completionMode": "Indexed"}, {"spec__completions": 2}),
    Case("Job completions", RECREATION, "Job", {"spec__completions": 3}, {"spec__completions": 2}),
    Case("Job backoffLimit", SAFE, "Job", {"spec__backoffLimit": 2}),
    Case("CronJob image", SAFE, "CronJob", {"spec__jobTemplate__spec__template__spec__containers__0__image": "shop:2"}),
    Case("CronJob schedule", SAFE, "CronJob", {"spec__schedule": "0 4 * * *"}),
    Case("Service port", SAFE, "Service", {"spec__ports__0__port": 81}),
    Case("Service selector", SAFE, "Service", {"spec__selector__app": "other"}),
    Case("Service NodePort", SAFE, "Service", {"spec__type": "NodePort"}),
    Case("Service ExternalName", SAFE, "Service", {"spec__type": "ExternalName", "spec__externalName": "shop.example.org"}),
    Case("Service headless", RECREATION, "Service", {"spec__clusterIP": "None"}),
    Case("Service headless no longer", RECREATION, "Headless", {"spec__clusterIP": "10.96.0.77"}, valid=False),
    Case("Claim of another class", LOSES, "PersistentVolumeClaim", {"spec__storageClassName": "fast"}, refused=True),
    Case("Claim accessModes", RECREATION, "PersistentVolumeClaim", {"spec__accessModes": ["ReadWriteMany"]}),
    Case("Claim smaller", LOSES, "PersistentVolumeClaim", {"spec__resources__requests__storage": "5Gi"}, refused=True),
    Case("Claim label", SAFE, "PersistentVolumeClaim", {"metadata__labels__team": "support"}),
    Case("ConfigMap data", SAFE, "ConfigMap", {"data__colour": "blue"}),
    Case("ConfigMap immutable", RECREATION, "ConfigMap", {"data__colour": "blue"}, {"immutable": True}),
    Case("ConfigMap no longer immutable", RECREATION, "ConfigMap", {"immutable": False}, {"immutable": True}),
    Case("ConfigMap immutable from now on", SAFE, "ConfigMap", {"immutable": True}),
    Case("Secret data", SAFE, "Secret", {"stringData__colour": "blue"}),
    Case("Secret type", RECREATION, "Secret", {"type": "example.org/other"}),
    Case("Secret immutable", RECREATION, "Secret", {"stringData__colour": "blue"}, {"immutable": True}),
    Case("RoleBinding roleRef", RECREATION, "RoleBinding", {"roleRef__name": "writer"}),
    Case("RoleBinding subjects", SAFE, "RoleBinding", {"subjects__0__name": "other"}),
    Case("StorageClass parameters", RECREATION, "StorageClass", {"parameters__kind": "fast"}),
    Case("StorageClass reclaimPolicy", RECREATION, "StorageClass", {"reclaimPolicy": "Retain"}),
    Case("StorageClass expansion", SAFE, "StorageClass", {"allowVolumeExpansion": True}),
    Case("PriorityClass value", RECREATION, "PriorityClass", {"value": 200}),
    Case("IngressClass controller", RECREATION, "IngressClass", {"spec__controller": "example.org/gates"}),
    Case("ReplicaSet selector", RECREATION, "ReplicaSet", _TIER),
    Case("Job selector", RECREATION, "Job", _TIER, _OWN),
    Case("Job podFailurePolicy", RECREATION, "Job", {"spec__podFailurePolicy": _FAILURES}),
    Case("Job successPolicy", RECREATION, "Job", {"spec__successPolicy": {"rules": [{"succeededIndexes": "0"}]}}, _INDEXED),
    Case("Job backoffLimitPerIndex", RECREATION, "Job", {"spec__backoffLimitPerIndex": 2}, {**_INDEXED, "spec__backoffLimitPerIndex": 1}),
    Case("Job managedBy", RECREATION, "Job", {"spec__managedBy": "example.org/other"}, {"spec__managedBy": "example.org/one"}),
    Case("Job podReplacementPolicy", SAFE, "Job", {"spec__podReplacementPolicy": "Failed"}),
    Case("Job parallelism", SAFE, "Job", {"spec__parallelism": 2}),
    Case("Job activeDeadlineSeconds", SAFE, "Job", {"spec__activeDeadlineSeconds": 60}),
    Case("ClusterRoleBinding roleRef", RECREATION, "ClusterRoleBinding", {"roleRef__name": "writer"}),
    Case("StorageClass provisioner", RECREATION, "StorageClass", {"provisioner": "example.org/tapes"}),
    Case("StorageClass volumeBindingMode", RECREATION, "StorageClass", {"volumeBindingMode": "WaitForFirstConsumer"}),
    Case("PriorityClass preemptionPolicy", RECREATION, "PriorityClass", {"preemptionPolicy": "Never"}),
    Case("VolumeAttributesClass parameters", RECREATION, "VolumeAttributesClass", {"parameters__speed": "fast"}),
    Case("VolumeAttributesClass driverName", RECREATION, "VolumeAttributesClass", {"driverName": "example.org/tapes"}),
    Case("RuntimeClass handler", RECREATION, "RuntimeClass", {"handler": "other"}),
    Case("PersistentVolume volumeMode", RECREATION, "PersistentVolume", {"spec__volumeMode": "Block"}),
    Case("PersistentVolume nodeAffinity", RECREATION, "PersistentVolume", {"spec__nodeAffinity__required__nodeSelectorTerms__0__matchExpressions__0__values": ["b"]}),
    Case("PersistentVolume reclaim policy", LOSES, "PersistentVolume", {"spec__persistentVolumeReclaimPolicy": "Delete"}, refused=False),
    Case("Definition scope", RECREATION, "CustomResourceDefinition", {"spec__scope": "Cluster"}, valid=False),
    Case("Definition kind", RECREATION, "CustomResourceDefinition", {"spec__names__kind": "Store"}, valid=False),
    Case("NetworkPolicy port", SAFE, "NetworkPolicy", {"spec__ingress__0__ports__0__port": 81}),
    Case("PodDisruptionBudget selector", SAFE, "PodDisruptionBudget", {"spec__selector__matchLabels__app": "other"}),
    Case("Ingress backend", SAFE, "Ingress", {"spec__defaultBackend__service__port__number": 81}),
    Case("Pod image", RESTARTS, "Pod", {"spec__containers__0__image": "registry.example.org/shop:2"}),
    Case("Pod variable", RECREATION, "Pod", {"spec__containers__0__env__0__value": "blue"}),
]  # fmt: skip

WRITTEN: list[tuple[str, dict[str, Any]]] = [
    ("Deployment", {"spec__strategy": {"type": "RollingUpdate"}, "spec__progressDeadlineSeconds": 600}),
    ("Deployment", {"spec__strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}}),
    ("Deployment", {f"{POD}dnsPolicy": "ClusterFirst", f"{POD}restartPolicy": "Always", f"{POD}securityContext": {}}),
    ("Deployment", {f"{POD}containers__0__imagePullPolicy": "IfNotPresent", f"{POD}containers__0__terminationMessagePolicy": "File"}),
    ("Deployment", {"metadata__resourceVersion": "7", "metadata__uid": "x", "status": {"replicas": 1}}),
    ("Deployment", {"metadata__annotations": {"deployment.kubernetes.io/revision": "3"}}),
    ("StatefulSet", {"spec__podManagementPolicy": "OrderedReady", "spec__updateStrategy": {"type": "RollingUpdate"}}),
    ("StatefulSet", {"spec__persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"}}),
    ("StatefulSet", {"spec__volumeClaimTemplates__0__kind": "PersistentVolumeClaim", "spec__volumeClaimTemplates__0__apiVersion": "v1"}),
    ("StatefulSet", {"spec__volumeClaimTemplates__0__spec__volumeMode": "Filesystem"}),
    ("StatefulSet", {"spec__volumeClaimTemplates__0__spec__resources__requests__storage": "10240Mi"}),
    ("Job", {"spec__completions": 1, "spec__parallelism": 1, "spec__completionMode": "NonIndexed"}),
    ("Service", {"spec__type": "ClusterIP", "spec__ports__0__protocol": "TCP", "spec__ports__0__targetPort": 80}),
    ("ConfigMap", {"metadata__creationTimestamp": None, "metadata__annotations": {}}),
    ("PersistentVolumeClaim", {"spec__volumeMode": "Filesystem"}),
]  # fmt: skip
"""Kinds with what the API server adds by itself: written, it is no difference."""
