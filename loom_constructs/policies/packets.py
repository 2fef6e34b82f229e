"""What NetworkPolicies see of calls: packets from pods or addresses to a port of pods or addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..traffic import Call, Endpoint, Peer
from .mesh import ADMIN_PORT, PROXY_PORT, TAP_PORT, Mesh, MeshMode
from .surroundings import ClusterDns


@dataclass(frozen=True)
class Packets:
    """From a client to a port of a server."""

    client: Peer
    server: Peer
    port: int
    protocol: str = "TCP"


def through_proxies(call: Call) -> bool:
    """Whether a call goes from proxy to proxy where there is a mesh. The proxies' own ports are dialled directly."""
    return call.client.meshed and call.to.server.meshed and call.to.pod_port not in (TAP_PORT, ADMIN_PORT)


def of_programs(calls: Iterable[Call], mesh: Mesh) -> Iterator[Packets]:
    """What is sent by calls as long as no add-on changes it."""
    for call in calls:
        proxied = mesh.mode is MeshMode.ON and through_proxies(call)
        yield Packets(call.client, call.to.server, PROXY_PORT if proxied else call.to.pod_port)


def between_proxies(calls: Iterable[Call]) -> Iterator[Packets]:
    """What is sent by the same calls once both ends are meshed."""
    return (Packets(c.client, c.to.server, PROXY_PORT) for c in calls if through_proxies(c))


def of_lookups(calls: Iterable[Call], mesh: Mesh, dns: ClusterDns) -> Iterator[Packets]:
    """DNS, over UDP and TCP, for whoever calls something by its name.

    Where the mesh is always there, every proxy needs DNS, so all meshed pods have it already.
    """
    for call in calls:
        if _is_name(call.to) and not (mesh.mode is MeshMode.ON and call.client.meshed):
            yield from lookups(call.client, dns)


def lookups(client: Peer, dns: ClusterDns) -> Iterator[Packets]:
    """DNS for one client."""
    for server in dns.peers:
        for protocol in ("UDP", "TCP"):
            yield Packets(client, server, dns.number, protocol)


def _is_name(endpoint: Endpoint) -> bool:
    return re.fullmatch(r"[0-9.]+", endpoint.host) is None
