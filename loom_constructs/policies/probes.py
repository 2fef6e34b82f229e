"""The kubelet's gRPC probes in a mesh that denies."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from ..kubernetes import Manifest, Workload
from ..kubernetes.checks import port
from .authorizations import GROUP, ROUTES, allow_networks, everywhere
from .rules import labels


def grpc_probe_ports(workload: Workload) -> set[int]:
    """The ports that the kubelet asks by gRPC. HTTP probes Linkerd lets through by itself."""
    containers = [*workload.pod["initContainers"], *workload.pod["containers"]]
    probes = [c.get(p, {}) for c in containers for p in ("startupProbe", "readinessProbe", "livenessProbe")]
    return {port(f"grpc.port of a probe of {workload.node.path}", p["grpc"]["port"]) for p in probes if "grpc" in p}


def allow_grpc_probes(scope: Construct, server: Manifest) -> list[Manifest]:
    """Lets whoever has no identity ask for the health of a gRPC server, and nothing else.

    As soon as a route is attached to a Server, what matches no route is refused; so the API gets one as well.
    """
    health = f"{server.name}-health"
    check = {"matches": [{"method": {"service": "grpc.health.v1.Health", "method": "Check"}}]}
    target = {"group": ROUTES, "kind": "GRPCRoute", "name": health}
    return [
        _route(scope, server, health, [check]),
        # no match means every request; the more specific route comes first
        _route(scope, server, server.name, [{}]),
        *allow_networks(scope, health, target, everywhere()),
    ]


def _route(scope: Construct, server: Manifest, name: str, rules: list[dict[str, Any]]) -> Manifest:
    parent = {"group": GROUP, "kind": "Server", "name": server.name}
    return Manifest(
        scope,
        f"route-{name}",
        {
            "apiVersion": f"{ROUTES}/v1",
            "kind": "GRPCRoute",
            "spec": {"parentRefs": [parent], "rules": rules},
        },
        name=name,
        labels=labels(name),
    )
