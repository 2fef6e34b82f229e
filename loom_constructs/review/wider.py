"""Halves of NetworkPolicies that allow more than is meant, even where the other half holds.

Two halves that only together say the right thing hold no longer as soon as somebody changes one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from . import mesh
from .ends import End
from .gather import Gathered
from .scope import Scope

Said = Set[tuple[End, End, int, str]]
"""Client, server and port on the wire of what was reported already, because it is open as a whole."""


def egress(scope: Scope, said: Said) -> Iterator[str]:
    """What clients' own policies allow beyond what is meant."""
    found = Gathered(scope.paths)
    for client in scope.ours:
        if not scope.paths.network.egress_policies(client):
            continue
        for port, protocol in scope.paths.universe:
            extra = scope.paths.out(client, port, protocol) & ~scope.intention.out(client, port, protocol)
            for server in scope.ends.listed(extra):
                _note(scope, said, found, client, server, (port, protocol))
    for client_name, server_name, ports, holder in found.with_notes():
        yield f"egress of {client_name} also allows {server_name}:{ports}, {holder}"


def ingress(scope: Scope, said: Said) -> Iterator[str]:
    """What servers' own policies allow beyond what is meant."""
    found = Gathered(scope.paths)
    for server in scope.ours:
        if not scope.paths.network.ingress_policies(server):
            continue
        for port, protocol in scope.paths.universe:
            extra = scope.paths.into(server, port, protocol) & ~scope.intention.into(server, port, protocol)
            for client in scope.ends.listed(extra):
                _note(scope, said, found, client, server, (port, protocol))
    for client_name, server_name, ports, holder in found.with_notes():
        yield f"ingress of {server_name} also allows {client_name} at {ports}, {holder}"


def _note(scope: Scope, said: Said, found: Gathered, client: End, server: End, at: tuple[int, str]) -> None:
    """Remembers what one half allows, unless it is said already."""
    if (client, server, *at) not in said and (client is not server or client.known):
        found.add(client, server, *at, _holder(scope, client, server, *at))


def _holder(scope: Scope, client: End, server: End, port: int, protocol: str) -> str:
    """What still stops a way that one half allows."""
    held = []
    if not scope.paths.out(client, port, protocol) >> scope.ends.index[server] & 1:
        held.append(f"egress of {client.name if client.known else 'the client'}")
    if not scope.paths.into(server, port, protocol) >> scope.ends.index[client] & 1:
        held.append(f"ingress of {server.name if server.known else 'the server'}")
    past_proxy = scope.paths.admitted(server, port, protocol, False) >> scope.ends.index[client] & 1
    if not held and (not past_proxy or (port == mesh.INBOUND and scope.paths.has_proxy(server))):
        held.append("Linkerd")
    return f"only {' and '.join(held)} holds" if held else "only that nobody listens there holds"
