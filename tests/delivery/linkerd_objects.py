"""Objects of a cluster, as small as the tests of Linkerd's setup need them."""

from __future__ import annotations

import json
from typing import Any

VERSION = "edge-26.8.3"
NAMESPACE = "loom"
APP_PORT, MESH_PORT = 8080, 4143
CONTROL_PLANE = ("linkerd-identity", "linkerd-destination", "linkerd-proxy-injector")
LABELS = {"app.kubernetes.io/part-of": "loom"}
ROUTES = ("httproutes.gateway.networking.k8s.io", "grpcroutes.gateway.networking.k8s.io")

Object = dict[str, Any]


def thing(kind: str, name: str, namespace: str = "", **parts: Any) -> Object:
    """An object; `labels` and `annotations` go where they belong."""
    metadata = {"name": name, "labels": parts.pop("labels", {}), "annotations": parts.pop("annotations", {})}
    if namespace:
        metadata["namespace"] = namespace
    version = "policy.linkerd.io/v1beta3" if kind == "Server" else "v1"
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **parts}


def definition(name: str, bundle: str = "") -> Object:
    annotations = {"gateway.networking.k8s.io/bundle-version": bundle} if bundle else {}
    return thing("CustomResourceDefinition", name, annotations=annotations)


def server(policy: str) -> Object:
    return thing("Server", "server", NAMESPACE, spec={"accessPolicy": policy})


def network_policy(port: int) -> Object:
    """Everything denied but one port."""
    spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{"ports": [{"port": port}]}]}
    return thing("NetworkPolicy", "loom", NAMESPACE, spec=spec)


def workload(kind: str, name: str, **spec: Any) -> Object:
    return thing(kind, name, NAMESPACE, labels=LABELS, spec={"selector": {"matchLabels": {"app": name}}, **spec})


def pod(name: str, app: str, *, meshed: bool = False, owner: str = "ReplicaSet", annotations: Any = None) -> Object:
    containers = [{"name": app}, *([{"name": "linkerd-proxy"}] if meshed else [])]
    made = thing("Pod", name, NAMESPACE, labels={**LABELS, "app": app}, annotations=annotations or {})
    made["metadata"]["ownerReferences"] = [{"kind": owner}]
    conditions = [{"type": "Ready", "status": "True"}]
    return {**made, "spec": {"containers": containers}, "status": {"phase": "Running", "conditions": conditions}}


def is_meshed(o: Object) -> bool:
    return any(c["name"] == "linkerd-proxy" for c in o["spec"]["containers"])


def listed(objects: list[Object]) -> str:
    return json.dumps({"kind": "List", "items": objects})


def daemon_set() -> Object:
    status = {"numberReady": 1, "desiredNumberScheduled": 1}
    return thing("DaemonSet", "linkerd-cni", "linkerd-cni", status=status)


def control_plane(version: str) -> list[Object]:
    labels = {"app.kubernetes.io/version": version, "linkerd.io/control-plane-ns": "linkerd"}
    return [thing("Deployment", name, "linkerd", labels=labels) for name in CONTROL_PLANE]
