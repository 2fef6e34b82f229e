"""What is meant, and is not possible."""

from __future__ import annotations

from collections.abc import Iterator

from . import mesh
from .ends import Address, Pod
from .paths import Way
from .row import port_words
from .scope import Scope


def peers(scope: Scope) -> Iterator[str]:
    """Pods that are in the mesh or not, or run as somebody, as it is not meant."""
    expectation = scope.intention.expectation
    for _, pod in scope.paths.world.workloads:
        peer = expectation.peers.get(pod.name)
        if peer is None or not expectation.mesh:
            continue
        if peer.meshed and not pod.meshed:
            yield f"{pod.name} is not in the mesh, and is meant to be: annotate them {mesh.INJECT}: enabled"
        elif pod.meshed and not peer.meshed:
            yield f"{pod.name} is in the mesh, and is not meant to be: take {mesh.INJECT} off its pods"
        elif pod.meshed and peer.service_account != pod.service_account:
            yield f"{pod.name} runs as {pod.identity}, not as {peer.service_account}.{peer.namespace}"


def missing(scope: Scope) -> Iterator[str]:
    """Calls that something stops, with all that stops them."""
    for call, way in scope.intention.required():
        why = list(stoppers(scope, way))
        if why:
            such_as = [f" (such as {e.address})" for e in (way.client, way.server) if isinstance(e, Address)]
            yield f"missing: {call}{''.join(such_as)}: {'; '.join(why)}"
        elif call.identity and way.identity and way.identity != call.identity:
            yield f"{way.client.name} runs as {way.identity}, not as {call.identity}"


def stoppers(scope: Scope, way: Way) -> Iterator[str]:
    """What keeps a way from being open."""
    client, server = way.client.name, way.server.name
    wire = port_words(way.wire, way.protocol)
    if isinstance(way.server, Pod) and way.server.rendered and not way.server.serves(way.port, way.protocol):
        yield f"{server} serves no port {port_words(way.port, way.protocol)}"
    network, bit = scope.paths.network, scope.ends.index
    only = "only by an ipBlock, which not every network plugin applies to pods"
    if not scope.paths.out(way.client, way.wire, way.protocol) >> bit[way.server] & 1:
        yield f"egress of {client} does not allow {server}:{wire}"
    elif not network.egress(way.client, way.wire, way.protocol, surely=True) >> bit[way.server] & 1:
        yield f"egress of {client} allows {server}:{wire} {only}"
    if not scope.paths.into(way.server, way.wire, way.protocol) >> bit[way.client] & 1:
        yield f"ingress of {server} does not allow {client} at {wire}"
    elif not network.ingress(way.server, way.wire, way.protocol, surely=True) >> bit[way.client] & 1:
        yield f"ingress of {server} allows {client} at {wire} {only}"
    if way.identity and not scope.paths.meets_proxies(way.client, way.server, way.port, way.protocol):
        yield f"an annotation skips the proxy of {client} or {server} at port {way.port}, so no identity arrives"
    elif not scope.paths.linkerd_allows(way):
        who = way.identity or f"{client} without an identity"
        yield f"Linkerd does not let {who} in at {server}:{way.port}"
