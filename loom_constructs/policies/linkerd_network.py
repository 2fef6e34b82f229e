"""The part of the network policies that only a mesh needs."""

from __future__ import annotations

from collections.abc import Iterable

from constructs import Construct

from ..kubernetes import Manifest
from ..traffic import Call, Peer
from .mesh import INJECTED, Mesh, MeshMode
from .packets import Packets, between_proxies, lookups
from .rules import egress_rules, ingress_rules, peer_policies, policy
from .surroundings import ClusterDns, control_plane, observers

SUFFIX = "-linkerd"


def linkerd_network(
    scope: Construct, calls: Iterable[Call], *, namespace: str, mesh: Mesh, dns: ClusterDns
) -> list[Manifest]:
    """What every proxy needs; and, where the mesh is an add-on, the proxies' port for each call."""
    every = Peer("proxies", namespace, {INJECTED: mesh.namespace})
    out = [Packets(every, e.server, e.pod_port) for e in control_plane(mesh)]
    shared = policy(
        scope,
        "proxies",
        name="linkerd",
        # pods that have a proxy, and no others
        selector={"matchLabels": dict(every.labels)},
        ingress=ingress_rules((Packets(client, every, port) for client, port in observers(mesh)), namespace),
        egress=egress_rules([*out, *lookups(every, dns)], namespace),
    )
    if mesh.mode is MeshMode.ON:
        return [shared]
    return [shared, *peer_policies(scope, between_proxies(calls), namespace=namespace, suffix=SUFFIX)]
