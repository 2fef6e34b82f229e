"""What is possible, and is not meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import mesh
from .ends import Pod
from .gather import Gathered
from .paths import Way
from .scope import Scope


def unlimited(scope: Scope) -> Iterator[str]:
    """Pods that no policy limits, in namespaces with policies."""
    for pod in scope.ours:
        if pod.namespace in scope.limited_namespaces and (pod.known or not pod.labels):
            if not scope.paths.network.egress_policies(pod):
                yield f"nothing limits egress of {pod.name}: no NetworkPolicy with Egress selects it"
            if not scope.paths.network.ingress_policies(pod):
                yield f"nothing limits ingress of {pod.name}: no NetworkPolicy with Ingress selects it"


def unexpected(scope: Scope, ways: Sequence[Way]) -> Iterator[str]:
    """Who reaches whom without being meant to."""
    found = Gathered(scope.paths)
    for way in ways:
        found.add(way.client, way.server, way.port, way.protocol, way.identity)
    yield from (f"unexpected: {client} -> {server}:{ports}" for client, server, ports in found.lines())


def open_and_not_meant(scope: Scope) -> Iterator[Way]:
    """Every way that is open and that no call goes."""
    ours = scope.ends.of(scope.ours)
    for server in scope.ours:
        if not server.known and not scope.paths.network.ingress_policies(server):
            continue  # said once: nothing limits it
        for port, protocol in scope.paths.served(server):
            for by_identity in (False, True) if scope.paths.has_proxy(server) and protocol == "TCP" else (False,):
                extra = scope.ends.everyone & ~scope.intention.clients(server, port, protocol, by_identity)
                if not server.known:
                    extra &= ~ours  # among strangers nothing is judged but what limits them
                    extra &= ~(1 << scope.ends.index[server])
                reaching = scope.paths.reaching(server, port, protocol, by_identity, extra)
                wire = mesh.INBOUND if by_identity and port not in mesh.DIRECT else port
                for client in scope.ends.listed(reaching):
                    if not (client.known or server.known):
                        continue
                    known = client.identity if by_identity and isinstance(client, Pod) else None
                    yield Way(client, server, port, protocol, wire, known)
    yield from _outwards(scope, ours)


def _outwards(scope: Scope, ours: int) -> Iterator[Way]:
    """Ways from our pods to those of others and to addresses."""
    for client in scope.ours:
        limited = bool(scope.paths.network.egress_policies(client))
        for port, protocol in scope.paths.universe:
            open_there = scope.paths.out(client, port, protocol) & ~ours
            for server in scope.ends.listed(open_there & ~scope.intention.out(client, port, protocol)):
                if not limited and client.namespace in scope.limited_namespaces and not server.known:
                    continue  # said once: nothing limits it
                if scope.paths.into(server, port, protocol) >> scope.ends.index[client] & 1:
                    yield Way(client, server, port, protocol, port, None)
