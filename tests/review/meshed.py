"""Small meshed worlds for tests: a server with one port, and who asks."""

from __future__ import annotations

from typing import Any

from loom_constructs.review.ends import Pod
from loom_constructs.review.expectation import Expectation
from loom_constructs.review.review import Review

Object = dict[str, Any]

PEERS = {
    "shop/db": {"namespace": "shop", "labels": {"app": "db"}, "serviceAccount": "db", "meshed": True},
    "shop/web": {"namespace": "shop", "labels": {"app": "web"}, "serviceAccount": "web", "meshed": True},
    "far/web": {"namespace": "far", "labels": {"app": "web"}, "serviceAccount": "web", "meshed": True},
    "far/plain": {"namespace": "far", "labels": {"app": "plain"}, "serviceAccount": "plain", "meshed": False},
    "inside": {"networks": ["10.9.0.0/16"]},
    "outside": {"networks": ["192.0.2.0/24"]},
}
"""Two clients in the mesh, a pod without a proxy, an address of the cluster's networks and one beyond."""


def pod(annotations: Object | None = None, **spec: Any) -> Object:
    """The server, denying by default."""
    said = {"linkerd.io/inject": "enabled", "config.linkerd.io/default-inbound-policy": "deny"}
    container = {"name": "db", "ports": [{"containerPort": 5432, "name": "sql"}], **spec.pop("container", {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "db",
            "namespace": "shop",
            "labels": {"app": "db"},
            "annotations": said if annotations is None else annotations,
        },
        "spec": {"serviceAccountName": "db", "containers": [container], **spec},
    }


def linkerd(kind: str, name: str, spec: Object, version: str = "v1alpha1", namespace: str = "shop") -> Object:
    """One of Linkerd's objects."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": f"policy.linkerd.io/{version}", "kind": kind, "metadata": metadata, "spec": spec}


def server(name: str = "db", version: str = "v1beta3", **spec: Any) -> Object:
    """A Server for the port."""
    wanted = {"podSelector": {"matchLabels": {"app": "db"}}, "port": 5432}
    return linkerd("Server", name, {k: v for k, v in {**wanted, **spec}.items() if v is not None}, version)


def authorization(
    *references: Object, kind: str = "Server", name: str = "db", group: str = "policy.linkerd.io"
) -> Object:
    """An AuthorizationPolicy."""
    target = {"group": group, "kind": kind, "name": name}
    spec = {"targetRef": target, "requiredAuthenticationRefs": list(references)}
    return linkerd("AuthorizationPolicy", f"{kind}-{name}".lower(), spec)


def account(name: str, **more: str) -> Object:
    """A reference to a ServiceAccount."""
    return {"kind": "ServiceAccount", "name": name, **more}


def reference(kind: str, name: str, **more: str) -> Object:
    """A reference to an authentication."""
    return {"group": "policy.linkerd.io", "kind": kind, "name": name, **more}


def route(
    name: str, kind: str, *matches: Object, group: str = "gateway.networking.k8s.io", version: str = "v1"
) -> Object:
    """A route attached to the Server."""
    return {
        "apiVersion": f"{group}/{version}",
        "kind": kind,
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "parentRefs": [{"group": "policy.linkerd.io", "kind": "Server", "name": "db"}],
            "rules": [{"matches": list(matches)}],
        },
    }


def review(*objects: Object, mesh: bool = True) -> Review:
    """What these objects say."""
    return Review(objects, Expectation.of({"mesh": mesh, "peers": PEERS, "calls": []}))


def the_server(of: Review) -> Pod:
    """The pod that is asked."""
    [(_, found)] = of.world.workloads
    return found


def let_in(*objects: Object, port: int = 5432) -> set[str]:
    """Who is let in by Linkerd alone; those through the mesh by their identity, the others by their name."""
    of = review(*objects)
    target = the_server(of)
    through = of.world.ends.listed(of.paths.admitted(target, port, "TCP", True))
    past = of.world.ends.listed(of.paths.admitted(target, port, "TCP", False))
    known = {e.identity for e in through if e.known and isinstance(e, Pod)} - {"db.shop"}
    return known | {e.name for e in past if e.name in ("far/plain", "inside", "outside")}
