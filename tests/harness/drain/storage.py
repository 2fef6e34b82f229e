"""Volumes that somebody made before: of a zone, as those of one writer are in a cloud, or of none, as shared ones."""

from __future__ import annotations

from typing import Any

from .nodes import ZONES

Object = dict[str, Any]

PREFIX = "drain-proof-"
EACH = 4
"""Volumes of each size in each zone: more than are asked for, so that no zone is full."""


def classes(objects: list[Object]) -> list[Object]:
    """A class of storage for each that is named, and volumes for its claims; `renamed` claims find them."""
    asked = {_asked(claim) for claim in _claims(objects)}
    made = [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": PREFIX + name},
            "provisioner": "kubernetes.io/no-provisioner",
            # a volume is chosen once its pod has a node: so a zonal one is where its pod is
            "volumeBindingMode": "WaitForFirstConsumer",
        }
        for name in {name for name, _, _ in asked}
    ]
    for number, (name, size, shared) in enumerate(sorted(asked)):
        for zone in ZONES[:1] if shared else ZONES:
            for copy in range(EACH):
                made.append(_volume(f"{PREFIX}{number}-{zone}-{copy}", name, size, None if shared else zone))
    return made


def renamed(spec: Object) -> Object:
    """A claim's specification with the class of the proof."""
    return {**spec, "storageClassName": PREFIX + (spec.get("storageClassName") or "default")}


def _claims(objects: list[Object]) -> list[Object]:
    alone = [o["spec"] for o in objects if o["kind"] == "PersistentVolumeClaim"]
    return alone + [t["spec"] for o in objects for t in o.get("spec", {}).get("volumeClaimTemplates", [])]


def _asked(claim: Object) -> tuple[str, str, bool]:
    size = claim["resources"]["requests"]["storage"]
    return claim.get("storageClassName") or "default", size, "ReadWriteMany" in claim["accessModes"]


def _volume(name: str, storage: str, size: str, zone: str | None) -> Object:
    spec: Object = {
        "capacity": {"storage": size},
        "accessModes": ["ReadWriteOnce" if zone else "ReadWriteMany"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": PREFIX + storage,
        "hostPath": {"path": f"/nowhere/{name}"},
    }
    if zone:
        term = {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "labels": {PREFIX + "volume": ""}},
        "spec": spec,
    }
