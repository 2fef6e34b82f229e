"""Why somebody reaches somebody, or what stops it: each step in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import mesh
from .choose import Choice
from .ends import End, Pod
from .paths import Way
from .review import Review
from .row import ANY, Row, port_words
from .selector import words
from .surroundings import telling


def why(review: Review, choice: Choice, rows: Sequence[Row]) -> list[str]:
    """The ways between a client and a server that were both named, or those behind the rows."""
    if choice.client and choice.server:
        ports = [(choice.port, choice.protocol)] if choice.port else _ports(review, choice.server, rows)
        asked = [(choice.client, choice.server, port, protocol) for port, protocol in ports]
    else:
        asked = list(dict.fromkeys((r.client, r.server, r.port, r.protocol) for r in rows))
    lines: list[str] = []
    for client, server, port, protocol in asked:
        number = review.paths.unmentioned[protocol] if port == ANY else port
        lines += _pair(review, client, server, number or 0, protocol)
    return lines or ["nobody reaches anybody there"]


def _ports(review: Review, server: str, rows: Sequence[Row]) -> list[tuple[int | None, str]]:
    served = [
        (p.number, p.protocol)
        for e in review.world.ends.all
        if e.name == server and isinstance(e, Pod) and e.rendered
        for p in e.ports
        if p.number != mesh.INBOUND or not e.meshed
    ]
    return list(dict.fromkeys([*served, *((r.port, r.protocol) for r in rows)]))


def _pair(review: Review, client: str, server: str, port: int, protocol: str) -> Iterator[str]:
    ends = review.world.ends.all
    yield f"{client} -> {server}:{port_words(port, protocol)}"
    for way in (
        way
        for c in ends
        if c.name == client
        for s in ends
        if s.name == server
        for way in review.paths.ways(c, s, port, protocol)
    ):
        yield from (f"  {line}" for line in _way(review, way))


def _way(review: Review, way: Way) -> Iterator[str]:
    wire = port_words(way.wire, way.protocol)
    past = " past the mesh" if review.paths.has_proxy(way.server) and way.protocol == "TCP" else ""
    how = f"through the mesh as {way.identity}, arriving at {wire}" if way.identity else f"directly{past} at {wire}"
    yield f"{how}: {'open' if review.paths.open(way) else 'closed'}"
    out, inwards = review.network.rules_that_allow(way.client, way.server, way.wire, way.protocol)
    client, server = way.client.name, way.server.name
    limiting = review.network.egress_policies(way.client)
    if not limiting:
        yield f"  out: no NetworkPolicy limits egress of {client}"
    elif out:
        yield f"  out: {'; '.join(map(str, out))}"
    else:
        names = ", ".join(map(str, limiting))
        needed = f"an egress rule to {_selected(way.server)} at {wire}"
        yield f"  not out: {names} limit egress of {client}; needed: {needed}"
    limiting = review.network.ingress_policies(way.server)
    if not limiting:
        yield f"  in: no NetworkPolicy limits ingress of {server}"
    elif inwards:
        yield f"  in: {'; '.join(map(str, inwards))}"
    else:
        names = ", ".join(map(str, limiting))
        needed = f"an ingress rule from {_selected(way.client)} at {wire}"
        yield f"  not in: {names} limit ingress of {server}; needed: {needed}"
    yield from (f"  {line}" for line in _linkerd(review, way))


def _selected(end: End) -> str:
    if isinstance(end, Pod):
        return f"podSelector {words({'matchLabels': telling(end.labels)})} in namespace {end.namespace}"
    return f"ipBlock {end.address}"


def _linkerd(review: Review, way: Way) -> Iterator[str]:
    server = way.server
    if review.linkerd is None or not review.paths.has_proxy(server) or not isinstance(server, Pod):
        return
    if way.protocol != "TCP":
        yield f"Linkerd: does not see {way.protocol}"
        return
    if way.port == mesh.TAP:
        yield "Linkerd: the proxy's tap checks its client itself"
        return
    if not server.rendered:
        yield "Linkerd: the server's policies are not among these manifests"
        return
    inbound, ends = review.linkerd.inbound(server, way.port), review.world.ends
    bit = ends.index[way.client]
    let_in = [a for a in inbound.admits if (a.with_identity(ends) if way.identity else a.plain(ends)) >> bit & 1]
    at = f"Server {server.namespace}/{inbound.server['metadata']['name']}" if inbound.server else "no Server"
    routes = f" with {', '.join(r.text['metadata']['name'] for r in inbound.routes)}" if inbound.routes else ""
    if let_in:
        yield f"Linkerd: {at}{routes}: {'; '.join(a.by for a in let_in)}"
        return
    tried = "; ".join(a.by for a in inbound.admits) or "nobody is let in"
    needed = (
        f"an AuthorizationPolicy with a MeshTLSAuthentication for {mesh.identity(*way.identity.split('.', 1))}"
        if way.identity
        else "an AuthorizationPolicy with a NetworkAuthentication for the client's addresses"
    )
    yield f"not by Linkerd: {at}{routes}: {tried}; needed: {needed}"
