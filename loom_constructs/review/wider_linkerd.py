"""Policies of Linkerd that let in more than is meant."""

from __future__ import annotations

from collections.abc import Iterator

from . import mesh
from .authorization import Authorization
from .ends import Pod
from .manifests import name_of, namespace_of
from .scope import Scope


def linkerd(scope: Scope) -> Iterator[str]:
    """Whom Servers and authorizations let in beyond those that are meant, and pods that Servers select beside."""
    if scope.paths.linkerd is None:
        return
    for selecting in scope.paths.linkerd.servers:
        selector = selecting["spec"].get("podSelector")
        others = scope.ends.selected(selector, None, namespace_of(selecting)) & scope.strangers if selector else 0
        if others:
            yield f"{name_of(selecting)} also selects {_names(scope, others)}"
    for _, server in scope.paths.world.workloads:
        if not scope.paths.has_proxy(server):
            continue
        ports = {p.number for p in server.ports if p.protocol == "TCP"} - {mesh.INBOUND, mesh.TAP}
        ports |= scope.paths.linkerd.numbers(server)
        for port in (scope.paths.unmentioned["TCP"], *sorted(ports)):
            yield from _at(scope, server, port)


def _at(scope: Scope, server: Pod, port: int) -> Iterator[str]:
    words = "any other port" if port == scope.paths.unmentioned["TCP"] else str(port)
    plain_meant = scope.intention.clients(server, port, "TCP", False)
    known_meant = scope.intention.clients(server, port, "TCP", True)
    if scope.intention.pods_past_the_mesh(server, port):  # any network may be needed; NetworkPolicies hold the rest
        plain_meant = known_meant = scope.ends.everyone
        for everybody in (a for a in _admitting(scope, server, port) if a.identities is None and a.networks is None):
            yield f"Linkerd lets everybody in at {server.name}:{words} by {everybody.by}; require a network"
    extra = scope.paths.admitted(server, port, "TCP", True) & ~known_meant & scope.paths.meshed
    if extra:
        yield f"Linkerd also lets {_names(scope, extra)} in at {server.name}:{words}"
    extra = scope.paths.admitted(server, port, "TCP", False) & ~plain_meant
    if extra:
        yield f"Linkerd also lets clients without an identity in at {server.name}:{words}: {_names(scope, extra)}"


def _admitting(scope: Scope, server: Pod, port: int) -> list[Authorization]:
    return scope.paths.linkerd.inbound(server, port).admits if scope.paths.linkerd else []


def _names(scope: Scope, ends: int) -> str:
    names = sorted({(not e.known, e.name) for e in scope.ends.listed(ends)})
    shown = [n for _, n in names[:3]]
    return ", ".join(shown) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
