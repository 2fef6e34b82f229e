"""What CloudNativePG makes of a Cluster, as far as the scheduler and a drain see it, and what it does when nodes go.

Two budgets (`pkg/specs/poddisruptionbudget.go` of the operator): one primary, and all standbys but one. The budget of
the primary forbids its eviction; the operator sees that its node is to be emptied and promotes a standby elsewhere.
Of the operator only the roles are here: how long a promotion takes is not measured.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from tests import kube

Object = dict[str, Any]

CLUSTER, ROLE = "cnpg.io/cluster", "cnpg.io/instanceRole"
SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": 26,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def of(cluster: Object) -> list[Object]:
    """A StatefulSet with the operator's labels, placed as the Cluster says, its Service, and the operator's budgets."""
    name, spec, labels = cluster["metadata"]["name"], cluster["spec"], {CLUSTER: cluster["metadata"]["name"]}
    affinity = spec.get("affinity", {})
    term = {
        "labelSelector": {"matchLabels": labels},
        "topologyKey": affinity.get("topologyKey", "kubernetes.io/hostname"),
    }
    kind = "requiredDuringSchedulingIgnoredDuringExecution"
    placed = {kind: [term]}
    if affinity.get("podAntiAffinityType") != "required":
        placed = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": term}]}
    claims = {claim: spec[key] for claim, key in (("data", "storage"), ("wal", "walStorage")) if key in spec}
    statefulset = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": spec.get("instances", 1),
            "serviceName": f"{name}-r",
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": {**labels, ROLE: "replica", **_ours(cluster)}},
                "spec": {
                    "affinity": {"podAntiAffinity": placed} if affinity.get("enablePodAntiAffinity", True) else {},
                    "automountServiceAccountToken": False,
                    "containers": [
                        {
                            "name": "postgres",
                            "image": spec["imageName"],
                            "ports": [{"name": "postgresql", "containerPort": 5432}],
                            "resources": spec.get("resources", {}),
                            "securityContext": SECURITY,
                        }
                    ],
                },
            },
            "volumeClaimTemplates": [_claim(claim, asked) for claim, asked in claims.items()],
        },
    }
    service = {"selector": labels, "ports": [{"name": "postgres", "port": 5432}]}
    made: list[Object] = [
        statefulset,
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"{name}-r"}, "spec": service},
    ]
    if spec.get("enablePDB", True):
        made.append(_budget(f"{name}-primary", {**labels, ROLE: "primary"}, 1))
        if spec.get("instances", 1) >= 3:
            made.append(_budget(name, {**labels, ROLE: "replica"}, spec["instances"] - 2))
    return made


def _ours(cluster: Object) -> dict[str, str]:
    """Labels that the operator hands down."""
    inherited: dict[str, str] = cluster["spec"].get("inheritedMetadata", {}).get("labels", {})
    return inherited


def _claim(name: str, asked: Object) -> Object:
    return {
        "metadata": {"name": name},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": asked.get("storageClass"),
            "resources": {"requests": {"storage": asked["size"]}},
        },
    }


def _budget(name: str, labels: dict[str, str], least: int) -> Object:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"minAvailable": least, "selector": {"matchLabels": labels}},
    }


class Operator(threading.Thread):
    """Gives one ready instance the role of the primary: not on a node that is to be emptied, if there is another."""

    def __init__(self, namespace: str) -> None:
        super().__init__(daemon=True)
        self._namespace = namespace
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(1):
            try:
                self._look()
            except AssertionError:
                # an instance went away meanwhile; the next look sees it
                continue

    def stop(self) -> None:
        """Ends."""
        self._over.set()
        self.join()

    def _look(self) -> None:
        nodes = json.loads(kube.kubectl("get", "nodes", "-o", "json"))["items"]
        open_ = {n["metadata"]["name"] for n in nodes if not n["spec"].get("unschedulable")}
        clusters: dict[str, list[Object]] = {}
        for pod in kube.get("pods", self._namespace, "-l", CLUSTER):
            clusters.setdefault(pod["metadata"]["labels"][CLUSTER], []).append(pod)
        for pods in clusters.values():
            self._promote(pods, open_)

    def _promote(self, pods: list[Object], open_: set[str]) -> None:
        ready = [p for p in pods if _ready(p)]
        primaries = [p for p in ready if p["metadata"]["labels"].get(ROLE) == "primary"]
        good = [p for p in ready if p["spec"].get("nodeName") in open_]
        if not good or [p for p in primaries if p in good]:
            return
        # the old one first: the budget knows one primary
        for pod in [p for p in pods if p["metadata"]["labels"].get(ROLE) == "primary"]:
            self._label(pod, "replica")
        self._label(good[0], "primary")

    def _label(self, pod: Object, role: str) -> None:
        kube.kubectl("label", "pod", pod["metadata"]["name"], "-n", self._namespace, f"{ROLE}={role}", "--overwrite")


def _ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return "deletionTimestamp" not in pod["metadata"] and any(
        c["type"] == "Ready" and c["status"] == "True" for c in conditions
    )
