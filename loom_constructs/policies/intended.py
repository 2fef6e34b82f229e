"""The calls of an app as a table that other programs can compare with what is rendered."""

from __future__ import annotations

from typing import Any

from constructs import IConstruct

from ..kubernetes import Workload
from ..traffic import Call, Peer, calls_in
from .mesh import NO_MESH, Mesh, MeshMode
from .packets import Packets, of_lookups
from .surroundings import ClusterDns, control_plane, observers

Table = dict[str, Any]


def intended_traffic(
    scope: IConstruct, *, environment: str, namespace: str, mesh: Mesh = NO_MESH, dns: ClusterDns | None = None
) -> Table:
    """Who is meant to reach whom in a namespace: peers, and calls with port, protocol and identity.

    Args:
        mesh: With a mesh, the calls are those once Linkerd is there.
    """
    dns = dns or ClusterDns()
    meshed = mesh.mode is not MeshMode.OFF
    calls = [c for c in calls_in(scope) if namespace in (c.client.namespace, c.to.server.namespace)]
    peers: dict[str, Table] = {}
    rows: dict[tuple[str, str, int, str], Table] = {}

    def add(client: Peer, server: Peer, port: int, protocol: str, identity: str | None) -> None:
        names = [_name(client), _name(server)]
        for name, peer in zip(names, (client, server), strict=True):
            peers.setdefault(name, _peer(peer))
        rows[names[0], names[1], port, protocol] = {
            "from": names[0],
            "to": names[1],
            "port": port,
            "protocol": protocol,
            "identity": identity,
        }

    for call in calls:
        add(call.client, call.to.server, call.to.pod_port, "TCP", _identity(call) if meshed else None)
    for packets in _around(scope, calls, namespace, mesh, dns):
        known = packets.client.meshed and packets.server.meshed and packets.server.namespace == namespace
        identity = packets.client.identity if meshed and known else None
        add(packets.client, packets.server, packets.port, packets.protocol, identity)
    return {
        "environment": environment,
        "mesh": meshed,
        "peers": {name: peers[name] for name in sorted(peers)},
        "calls": [rows[key] for key in sorted(rows)],
    }


def _around(scope: IConstruct, calls: list[Call], namespace: str, mesh: Mesh, dns: ClusterDns) -> list[Packets]:
    """DNS, and what comes with a mesh."""
    packets = [p for p in of_lookups(calls, NO_MESH, dns) if p.client.namespace == namespace]
    if mesh.mode is MeshMode.OFF:
        return packets
    workloads = [n for n in scope.node.find_all() if isinstance(n, Workload) and n.namespace == namespace]
    proxies = {w.labels.instance: Peer.of(w) for w in workloads}
    for call in calls:
        for end in (call.client, call.to.server):
            if end.namespace == namespace and end.workload is not None:
                proxies[end.pods] = end
    for proxy in proxies.values():
        if proxy.meshed:
            packets += [Packets(proxy, e.server, e.pod_port) for e in control_plane(mesh)]
            packets += [Packets(proxy, s, dns.number, p) for s in dns.peers for p in ("UDP", "TCP")]
            packets += [Packets(client, proxy, port) for client, port in observers(mesh)]
    return packets


def _identity(call: Call) -> str | None:
    return call.client.identity if call.client.meshed and call.to.server.meshed else None


def _name(peer: Peer) -> str:
    return peer.name if peer.is_outside else f"{peer.namespace}/{peer.pods}"


def _peer(peer: Peer) -> Table:
    if peer.is_outside:
        return {"networks": list(peer.networks), "except": list(peer.excluded)}
    return {
        "namespace": peer.namespace,
        "labels": dict(sorted(peer.labels.items())),
        "serviceAccount": peer.service_account,
        "meshed": peer.meshed,
    }
