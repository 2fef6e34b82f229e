"""Objects without what the API server would add by itself, so that writing a default is no difference."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ..ends import Object
from ..manifests import group_of
from .key import BUILTIN

_PROBE = {
    "timeoutSeconds": 1,
    "periodSeconds": 10,
    "successThreshold": 1,
    "failureThreshold": 3,
    "initialDelaySeconds": 0,
}
_CONTAINER = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "resources": {}}
_POD = {
    "restartPolicy": "Always",
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "terminationGracePeriodSeconds": 30,
    "securityContext": {},
    "hostNetwork": False,
    "hostPID": False,
    "hostIPC": False,
}
_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "containers": _CONTAINER,
    "initContainers": _CONTAINER,
    "ports": {"protocol": "TCP"},
    "livenessProbe": _PROBE,
    "readinessProbe": _PROBE,
    "startupProbe": _PROBE,
    "httpGet": {"scheme": "HTTP"},
    "fieldRef": {"apiVersion": "v1"},
    "configMap": {"defaultMode": 420},
    "secret": {"defaultMode": 420},
    "projected": {"defaultMode": 420},
}
"""Defaults by the field that the object, or the list of objects, is in."""

_SPECS: Mapping[str, Mapping[str, Any]] = {
    "Deployment": {
        "replicas": 1,
        "progressDeadlineSeconds": 600,
        "revisionHistoryLimit": 10,
        "minReadySeconds": 0,
    },
    "StatefulSet": {
        "replicas": 1,
        "podManagementPolicy": "OrderedReady",
        "revisionHistoryLimit": 10,
        "minReadySeconds": 0,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
    },
    "DaemonSet": {"revisionHistoryLimit": 10, "minReadySeconds": 0},
    "ReplicaSet": {"replicas": 1, "minReadySeconds": 0},
    "Job": {
        "backoffLimit": 6,
        "completions": 1,
        "parallelism": 1,
        "completionMode": "NonIndexed",
        "suspend": False,
    },
    "CronJob": {
        "suspend": False,
        "concurrencyPolicy": "Allow",
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 1,
    },
    "Service": {"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster"},
    "PersistentVolumeClaim": {"volumeMode": "Filesystem"},
}
_ROLLING: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Deployment": ("strategy", {"maxSurge": "25%", "maxUnavailable": "25%"}),
    "StatefulSet": ("updateStrategy", {"partition": 0}),
    "DaemonSet": ("updateStrategy", {"maxSurge": 0, "maxUnavailable": 1}),
}
"""Where each kind keeps how its pods are replaced, and how if it does not say."""
_SERVERS = ("creationTimestamp", "resourceVersion", "uid", "generation", "managedFields", "selfLink")
_NOTES = (
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deprecated.daemonset.template.generation",
)


def normal(item: Object) -> dict[str, Any]:
    """The object as it was meant: without defaults, nulls and what only the API server writes.

    How pods are replaced is the other way round: it has all defaults.
    """
    found: dict[str, Any] = {k: v for k, v in _plain(item, "").items() if k not in ("status", "apiVersion")}
    found["metadata"] = metadata = {k: v for k, v in found["metadata"].items() if k not in _SERVERS}
    for field in ("labels", "annotations"):
        metadata[field] = {k: v for k, v in (metadata.get(field) or {}).items() if k not in _NOTES}
    spec = found.get("spec")
    if isinstance(spec, dict) and group_of(item) in BUILTIN:
        _without(spec, _SPECS.get(found["kind"], {}))
        if found["kind"] in _ROLLING:
            field, usual = _ROLLING[found["kind"]]
            spec[field] = strategy = {"type": "RollingUpdate", **(spec.get(field) or {})}
            if strategy["type"] == "RollingUpdate":
                strategy["rollingUpdate"] = {**usual, **(strategy.get("rollingUpdate") or {})}
        for template in spec.get("volumeClaimTemplates") or ():
            template.pop("status", None)
            _without(template, {"apiVersion": "v1", "kind": "PersistentVolumeClaim"})
            _without(template.get("spec") or {}, _SPECS["PersistentVolumeClaim"])
    if found["kind"] == "Secret" and not group_of(item):
        texts = found.pop("stringData", None) or {}
        coded = {k: base64.b64encode(str(v).encode()).decode() for k, v in texts.items()}
        found["data"] = {**(found.get("data") or {}), **coded}
    return found


def _plain(value: Any, field: str) -> Any:
    if isinstance(value, list):
        return [_plain(v, field) for v in value]
    if not isinstance(value, Mapping):
        return value
    texts = field in ("data", "binaryData", "stringData", "labels", "annotations", "matchLabels")
    found = {k: _plain(v, "" if texts else str(k)) for k, v in value.items() if v is not None}
    if texts:
        return found
    _without(found, _FIELDS.get(field, {}))
    if field == "spec" and "containers" in found:
        _without(found, _POD)
        found.pop("serviceAccount", None)
    if field in ("containers", "initContainers"):
        _without(found, {"imagePullPolicy": _pull_policy(str(found.get("image", "")))})
    if field == "ports" and found.get("targetPort") == found.get("port"):
        found.pop("targetPort", None)
    return found


def _pull_policy(image: str) -> str:
    last = image.rpartition("/")[2]
    return "Always" if "@" not in image and (":" not in last or last.endswith(":latest")) else "IfNotPresent"


def _without(fields: dict[str, Any], defaults: Mapping[str, Any]) -> None:
    for name, default in defaults.items():
        if fields.get(name) == default:
            del fields[name]
