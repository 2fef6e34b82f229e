"""By what an object is known in the cluster."""

from __future__ import annotations

from typing import NamedTuple

from ..ends import Object
from ..manifests import group_of

CLUSTER_WIDE = frozenset(
    (
        *(
            "Namespace",
            "Node",
            "PersistentVolume",
            "StorageClass",
            "VolumeAttributesClass",
            "CSIDriver",
            "IngressClass",
        ),
        *(
            "ClusterRole",
            "ClusterRoleBinding",
            "PriorityClass",
            "RuntimeClass",
            "CustomResourceDefinition",
            "APIService",
        ),
        *("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "GatewayClass", "ClusterIssuer"),
        *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ClusterSecretStore", "ClusterPolicy"),
    )
)
"""Kinds without a namespace."""

BUILTIN = frozenset(
    (
        *("", "apps", "batch", "autoscaling", "policy", "extensions"),
        *(
            f"{g}.k8s.io"
            for g in ("networking", "rbac.authorization", "storage", "scheduling", "node", "apiextensions")
        ),
        *(f"{g}.k8s.io" for g in ("admissionregistration", "apiregistration", "certificates", "coordination")),
        *(f"{g}.k8s.io" for g in ("discovery", "events", "resource", "flowcontrol.apiserver")),
    )
)
"""Groups of Kubernetes' own kinds."""

MOVED = {
    **dict.fromkeys(("Deployment", "DaemonSet", "ReplicaSet"), "apps"),
    **dict.fromkeys(("Ingress", "NetworkPolicy"), "networking.k8s.io"),
}
"""Where kinds of the former group `extensions` are: the objects are the same."""


class Key(NamedTuple):
    """Group, kind, namespace and name; the version does not matter."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def full(self) -> str:
        """`Kind/namespace/name`; without a namespace where the kind has none."""
        return f"{self.kind}/{self.namespace}/{self.name}" if self.namespace else str(self)


def key_of(item: Object) -> Key:
    """The key of an object."""
    metadata = item["metadata"]
    namespace = "" if item["kind"] in CLUSTER_WIDE else str(metadata.get("namespace") or "default")
    group = group_of(item)
    if group == "extensions":
        group = MOVED.get(item["kind"], group)
    return Key(group, str(item["kind"]), namespace, str(metadata.get("name") or metadata.get("generateName")))
