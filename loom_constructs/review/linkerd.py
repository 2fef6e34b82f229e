"""What Linkerd allows at a port of a meshed pod: Servers, routes, authorizations, and what holds without a Server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from . import mesh
from .authorization import LINKERD, Authorization, Authorizations, of_setting
from .ends import Object, Pod
from .manifests import Manifests, Workload, name_of, namespace_of
from .numbered import Ends
from .probes import probe_paths
from .routes import KINDS, Route, attached
from .selector import matches


@dataclass(frozen=True)
class Inbound:
    """Linkerd's policy at one port of one workload.

    Args:
        server: The Server that selects the port; without one the pod's default policy holds.
        conflicting: Further Servers that select it too; one of them is ignored, nobody knows which.
        authorizations: Who may come in at the whole port.
        routes: What is attached to the Server; as soon as there is any, only requests that match one pass.
        opaque: Whether the proxy passes bytes on without understanding them, so that no route can match.
    """

    server: Object | None
    conflicting: tuple[Object, ...]
    authorizations: tuple[Authorization, ...]
    routes: tuple[Route, ...]
    opaque: bool
    probe_paths: frozenset[str] = frozenset()

    @property
    def admits(self) -> list[Authorization]:
        """Who may come in with requests that are no probes."""
        if not self.routes:
            return list(self.authorizations)
        useful = [r for r in self.routes if not r.only_for_probes(self.probe_paths)]
        return [*self.authorizations, *(a for r in useful for a in r.authorizations)] if useful else []

    def with_identity(self, ends: Ends) -> int:
        """Whom it lets in who come through the mesh."""
        return _union(a.with_identity(ends) for a in self.admits)

    def plain(self, ends: Ends) -> int:
        """Whom it lets in who come without the mesh."""
        return _union(a.plain(ends) for a in self.admits)


def _union(sets: Iterable[int]) -> int:
    result = 0
    for one in sets:
        result |= one
    return result


@dataclass(eq=False)
class Linkerd:
    """Linkerd's policies of the manifests.

    Args:
        workloads: What is rendered, with the pods that stand for it.
    """

    ends: Ends
    manifests: Manifests
    workloads: Sequence[tuple[Workload, Pod]]
    _known: dict[tuple[Pod, int], Inbound] = field(default_factory=dict)

    @cached_property
    def authorizations(self) -> Authorizations:
        """The AuthorizationPolicies."""
        return Authorizations(self.manifests)

    @cached_property
    def _workload(self) -> dict[Pod, Workload]:
        return {pod: workload for workload, pod in self.workloads}

    @cached_property
    def servers(self) -> list[Object]:
        """The Servers, by name."""
        return sorted(self.manifests.of(LINKERD, "Server"), key=name_of)

    def selecting(self, pod: Pod, port: int) -> list[Object]:
        """The Servers that select a port of a pod."""
        return [s for s in self._selecting(pod) if _is(s["spec"].get("port"), port, pod)]

    def numbers(self, pod: Pod) -> set[int]:
        """The numbers that Servers of a pod give as their port, served or not."""
        ports = (s["spec"].get("port") for s in self._selecting(pod))
        return {p for p in ports if isinstance(p, int)}

    def _selecting(self, pod: Pod) -> list[Object]:
        return [
            s
            for s in self.servers
            if namespace_of(s) == pod.namespace
            and s["spec"].get("podSelector") is not None
            and matches(s["spec"]["podSelector"], pod.labels)
        ]

    def default_policy(self, pod: Pod) -> str:
        """What holds at ports without a Server."""
        value = self.manifests.annotation(self._workload[pod], mesh.DEFAULT_POLICY)
        return value if value in mesh.POLICIES else mesh.UNLESS_SAID

    def opaque(self, pod: Pod, port: int) -> bool:
        """Whether the pod's annotation says that the proxy must not look into this port."""
        listed = self.manifests.annotation(self._workload[pod], mesh.OPAQUE)
        return self._in(port, mesh.OPAQUE, mesh.OPAQUE_WITHOUT_ANNOTATION if listed is None else listed)

    @staticmethod
    def _in(port: int, annotation: str, listed: str) -> bool:
        return any(port in r for r in mesh.port_list(annotation, listed))

    def inbound(self, pod: Pod, port: int) -> Inbound:
        """The policy at a port of a rendered meshed pod."""
        if (pod, port) not in self._known:
            self._known[pod, port] = self._inbound(pod, port)
        return self._known[pod, port]

    def _inbound(self, pod: Pod, port: int) -> Inbound:
        servers = self.selecting(pod, port)
        if not servers:
            value = self.default_policy(pod)
            default = of_setting(f"{mesh.DEFAULT_POLICY}: {value}", value)
            required = self.manifests.annotation(self._workload[pod], mesh.IDENTITY_REQUIRED)
            if default and default.identities is None and self._in(port, mesh.IDENTITY_REQUIRED, required or ""):
                default = Authorization(f"{mesh.IDENTITY_REQUIRED}: {required}", ("*",), default.networks)
            return Inbound(None, (), (default,) if default else (), (), self.opaque(pod, port))
        found: list[Authorization] = []
        for server in servers:  # of several nobody knows which one holds: what any lets in may come in
            found += self.at_server(server)
        opaque = servers[0]["spec"].get("proxyProtocol") in ("opaque", "TLS")  # counts more than the pod's annotation
        routes = () if opaque else tuple(r for s in servers for r in self.routes(s))
        paths = frozenset(probe_paths(self._workload[pod], port))
        return Inbound(servers[0], tuple(servers[1:]), tuple(found), routes, opaque, paths)

    def at_server(self, server: Object) -> list[Authorization]:
        """Who may come in at a Server: policies for it, policies for its namespace, its accessPolicy."""
        namespace, name = namespace_of(server), server["metadata"]["name"]
        found = self.authorizations.targeting([f"{LINKERD}/Server"], name, namespace)
        found += self.authorizations.targeting(["/Namespace"], namespace, namespace)
        value = server["spec"].get("accessPolicy") or "deny"
        allowed = of_setting(f"accessPolicy: {value} of {name_of(server)}", value if value in mesh.POLICIES else "deny")
        return [*found, *([allowed] if allowed else [])]

    def routes(self, server: Object) -> list[Route]:
        """The routes attached to a Server."""
        found = []
        for group, kind in KINDS:
            for route in self.manifests.of(group, kind):
                if namespace_of(route) == namespace_of(server) and attached(route, server["metadata"]["name"]):
                    name, namespace = route["metadata"]["name"], namespace_of(route)
                    let_in = self.authorizations.targeting([f"{group}/{kind}"], name, namespace)
                    found.append(Route(route, tuple(let_in)))
        return found


def _is(wanted: int | str | None, port: int, pod: Pod) -> bool:
    return port in pod.numbers(wanted, "TCP") if isinstance(wanted, str) else wanted == port
