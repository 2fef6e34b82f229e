"""A small platform that can be in a mesh: a client, its server, a store, and who may reach whom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Object = dict[str, Any]

IMAGE = "busybox:1.37.0"
OURS = {"app.kubernetes.io/part-of": "loom"}
APP_PORT, MESH_PORT = 8080, 4143


def serves(name: str, port: int) -> Object:
    """A container with a web server that goes on for a while after its pod is told to end."""
    probe = {"httpGet": {"path": "/etc/hostname", "port": port}, "periodSeconds": 1}
    return {
        "name": name,
        "image": IMAGE,
        "command": ["httpd", "-f", "-h", "/", "-p", str(port)],
        "readinessProbe": probe,
        # until every node knows that the pod is no endpoint any more
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}},
    }


def sleeps(name: str) -> Object:
    return {"name": name, "image": IMAGE, "command": ["sh", "-c", "trap exit TERM; sleep 1d & wait"]}


ASKS = rf"""trap exit TERM
ask() {{ printf 'GET /etc/hostname HTTP/1.0\r\n\r\n' | timeout 2 nc -w 2 "$SERVER_SERVICE_HOST" "$1" | grep -q ' 200 '; }}
while sleep 0.2; do
  # in the mesh it goes from proxy to proxy, if the server has one
  if {{ nc -z 127.0.0.1 {MESH_PORT} && ask {MESH_PORT}; }} || ask {APP_PORT}; then word=reached; else word=failed; fi
  echo $word >>/out/$HOSTNAME
done 2>/dev/null
"""


def made(kind: str, name: str, namespace: str, *, group: str = "apps/v1", **parts: Any) -> Object:
    metadata: Object = {"name": name, "labels": parts.pop("labels", OURS)}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": group, "kind": kind, "metadata": metadata, **parts}


def workload(kind: str, name: str, namespace: str, container: Object, *, labels: Object = OURS, **pod: Any) -> Object:
    spec: Object = {
        "selector": {"matchLabels": {"app": name}},
        "template": {
            "metadata": {"labels": {**labels, "app": name}, "annotations": {"linkerd.io/inject": "enabled"}},
            "spec": {"containers": [container], "terminationGracePeriodSeconds": 15, **pod},
        },
    }
    if kind == "Deployment":
        spec |= {"replicas": 1, "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}
    return made(kind, name, namespace, labels=labels, spec=spec)


def policies(namespace: str, port: int) -> list[Object]:
    """Everything denied, but the client to its server on one port."""

    def policy(name: str, **spec: Any) -> Object:
        return made("NetworkPolicy", name, namespace, group="networking.k8s.io/v1", spec=spec)

    def app(name: str) -> Object:
        return {"podSelector": {"matchLabels": {"app": name}}}

    ports = [{"port": port}]
    return [
        policy("deny", podSelector={}, policyTypes=["Ingress", "Egress"]),
        policy("client", **app("client"), policyTypes=["Egress"], egress=[{"to": [app("server")], "ports": ports}]),
        policy("server", **app("server"), policyTypes=["Ingress"], ingress=[{"from": [app("client")], "ports": ports}]),
    ]


def platform(namespace: str) -> list[Object]:
    """A client that asks its server five times a second and writes down what became of it, and a store."""
    ports = [{"name": f"p{port}", "port": port} for port in (APP_PORT, MESH_PORT)]
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Mi"}}}
    asks = {
        "name": "client",
        "image": IMAGE,
        "command": ["sh", "-c", ASKS],
        "volumeMounts": [{"name": "out", "mountPath": "/out"}],
    }
    out = {"name": "out", "persistentVolumeClaim": {"claimName": "out"}}
    return [
        made("Namespace", namespace, "", group="v1", labels={"environment": "proof"}),
        made("Service", "server", namespace, group="v1", spec={"selector": {"app": "server"}, "ports": ports}),
        made("PersistentVolumeClaim", "out", namespace, group="v1", spec=claim),
        workload("Deployment", "server", namespace, serves("server", APP_PORT)),
        workload("Deployment", "client", namespace, asks, volumes=[out]),
        workload("StatefulSet", "store", namespace, sleeps("store")),
    ]


def servers(namespace: str) -> list[Object]:
    spec = {"podSelector": {"matchLabels": {"app": "server"}}, "port": APP_PORT, "accessPolicy": "deny"}
    return [made("Server", "server", namespace, group="policy.linkerd.io/v1beta3", spec=spec)]


def render(folder: Path, objects: list[Object]) -> None:
    """A folder with a kustomization."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "objects.yaml").write_text("\n---\n".join(json.dumps(o) for o in objects))
    (folder / "kustomization.yaml").write_text("resources: [objects.yaml]\n")


def environment(folder: Path, namespace: str) -> Path:
    """A rendered environment: where the mesh is on, pods reach each other on 4143 only."""
    render(folder, [*platform(namespace), *policies(namespace, MESH_PORT)])
    render(folder / "linkerd", servers(namespace))
    return folder
