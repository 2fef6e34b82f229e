"""Fields that the API server refuses to change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...selector import matches
from ..difference import Difference
from ..pair import Pair
from ..pods import template_of
from ..shown import listed, values
from ..verdict import Change, Verdict
from .claims import ORPHAN

_RBAC = "rbac.authorization.k8s.io"
FIXED: dict[tuple[str, str], tuple[str, ...]] = {
    ("apps", "Deployment"): ("spec.selector",),
    ("apps", "DaemonSet"): ("spec.selector",),
    ("apps", "ReplicaSet"): ("spec.selector",),
    ("apps", "StatefulSet"): ("spec.selector",),
    ("batch", "Job"): (
        *("spec.selector", "spec.template", "spec.completionMode", "spec.completions", "spec.podFailurePolicy"),
        *(
            "spec.successPolicy",
            "spec.backoffLimitPerIndex",
            "spec.managedBy",
        ),
    ),
    ("", "Secret"): ("type",),
    ("", "PersistentVolumeClaim"): ("spec",),
    ("", "PersistentVolume"): ("spec.volumeMode", "spec.nodeAffinity"),
    (_RBAC, "RoleBinding"): ("roleRef",),
    (_RBAC, "ClusterRoleBinding"): ("roleRef",),
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
    ("storage.k8s.io", "VolumeAttributesClass"): ("parameters", "driverName"),
    ("networking.k8s.io", "IngressClass"): ("spec.controller",),
    ("scheduling.k8s.io", "PriorityClass"): ("value", "preemptionPolicy"),
    ("node.k8s.io", "RuntimeClass"): ("handler",),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): ("spec.scope", "spec.names.kind"),
}
"""What is fixed once an object is made, by group and kind."""

STATEFUL = (
    *("replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit"),
    *("persistentVolumeClaimRetentionPolicy", "minReadySeconds"),
)
"""The only fields of a StatefulSet's spec that may change."""

ADVICE = {
    "StatefulSet": f"{ORPHAN.capitalize()}.",
    "Deployment": f"{ORPHAN.capitalize()}; delete its old ReplicaSets when the new pods are ready.",
    "DaemonSet": f"{ORPHAN.capitalize()}; delete the old pods node by node.",
    "PersistentVolumeClaim": "Deleting it may delete its data: make a second claim, copy the data, and switch.",
    "PersistentVolume": "Its data stays where it is; delete only the object, with reclaim policy Retain.",
    "Job": "Delete the Job first, or give it a new name.",
    "RoleBinding": "Delete it and apply: until then its subjects have no rights.",
    "ClusterRoleBinding": "Delete it and apply: until then its subjects have no rights.",
    "StorageClass": "Delete it and apply; volumes that exist keep what they were made with.",
    "CustomResourceDefinition": "Never delete it: all its objects go with it. Ask its project how to move.",
}


def refused(pair: Pair) -> Iterator[Change]:
    """What must be deleted before it can be applied."""
    if not pair.builtin:
        return
    for field in FIXED.get((pair.key.group, pair.key.kind), ()):
        taken = pair.take(*field.split("."))
        if taken and field == "spec.selector":
            selected = (pair.specs[1].get("selector") or {}).get("matchLabels") or {}
            taken += [d for label in selected for d in pair.take(*pair.template, "metadata", "labels", label)]
        yield from _change(pair, field, taken)
    if pair.key.kind == "StatefulSet":
        for name in dict.fromkeys(d.path[1] for d in pair.left if d.under("spec") and len(d.path) > 1):
            if name not in STATEFUL:
                yield from _change(pair, f"spec.{name}", pair.take("spec", name))
    if pair.key.kind in ("ConfigMap", "Secret") and pair.old.get("immutable") is True:
        taken = [*pair.take("data"), *pair.take("binaryData"), *pair.take("immutable")]
        if taken:
            yield Change(
                Verdict.RECREATION,
                pair.key,
                f"is immutable, and changes: {listed([d.field for d in taken])}",
                "Refused. Give it a new name and let pods refer to that.",
                taken,
            )
    if pair.key.kind == "Pod":
        yield from _pod(pair)
    yield from _unselected(pair)


def _change(pair: Pair, field: str, taken: list[Difference]) -> Iterator[Change]:
    if taken:
        shown = listed([f"{d.field}: {values(d)}" for d in taken], 2)
        todo = "Refused. " + ADVICE.get(pair.key.kind, "Delete it and apply.")
        if (pair.key.kind, field) == ("StatefulSet", "spec.selector"):
            todo += " Then delete its old pods one by one: their names are taken."
        yield Change(Verdict.RECREATION, pair.key, shown, todo, taken)


def _pod(pair: Pair) -> Iterator[Change]:
    pair_images = [d for d in pair.left if d.path[-1] == "image"]
    taken = pair.take_where(lambda d: d.under("spec") and d not in pair_images)
    yield from _change(pair, "spec", taken)


def _unselected(pair: Pair) -> Iterator[Change]:
    """A template that its own selector does not select is refused, too."""
    selector: Any = pair.specs[1].get("selector")
    if pair.key.kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet") and selector:
        labels = (template_of(pair.new).get("metadata") or {}).get("labels") or {}
        if not matches(selector, labels):
            taken = pair.take(*pair.template, "metadata", "labels")
            todo = "Refused: a selector must select the template's labels."
            yield Change(Verdict.RECREATION, pair.key, "its selector does not select its pods", todo, taken)
