"""Who effectively reaches whom: the client's egress, the server's ingress and Linkerd taken together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from . import mesh
from .ends import End, Pod
from .linkerd import Linkerd
from .network import NetworkPolicies
from .ports import PROTOCOLS
from .world import World


@dataclass(frozen=True)
class Way:
    """One way from a client to a server's port.

    Args:
        wire: The port that packets carry, and that NetworkPolicies are asked about.
        identity: What the server knows the client by; None without the mesh.
    """

    client: End
    server: End
    port: int
    protocol: str
    wire: int
    identity: str | None


class Paths:
    """Answers for all ends of a world.

    Args:
        universe: The ports that matter, as `ports.universe` finds them.
    """

    def __init__(
        self, world: World, network: NetworkPolicies, linkerd: Linkerd | None, universe: list[tuple[int, str]]
    ) -> None:
        self.world, self.network, self.linkerd = world, network, linkerd
        self.ends, self.universe = world.ends, universe
        self._out: dict[tuple[End, int, str], int] = {}
        self._in: dict[tuple[End, int, str], int] = {}

    def out(self, client: End, port: int, protocol: str) -> int:
        """Whom the client's egress lets it reach on the wire."""
        key = (client, port, protocol)
        if key not in self._out:
            self._out[key] = self.network.egress(client, port, protocol)
        return self._out[key]

    def into(self, server: End, port: int, protocol: str) -> int:
        """Whom the server's ingress lets in on the wire."""
        key = (server, port, protocol)
        if key not in self._in:
            self._in[key] = self.network.ingress(server, port, protocol)
        return self._in[key]

    def has_proxy(self, server: End) -> bool:
        """Whether clients in the mesh reach it through its proxy; Linkerd's own pods are dialled directly."""
        return isinstance(server, Pod) and server.meshed and server.namespace != mesh.CONTROL_PLANE

    def meets_proxies(self, client: End, server: End, port: int, protocol: str) -> bool:
        """Whether a client comes to a port through both proxies, so that the server knows it."""
        return (
            protocol == "TCP"
            and isinstance(client, Pod)
            and client.meshed
            and isinstance(server, Pod)
            and self.has_proxy(server)
            and not any(port in r for r in (*client.skips_out, *server.skips_in))
        )

    def ways(self, client: End, server: End, port: int, protocol: str) -> Iterator[Way]:
        """The ways there are: through the mesh, and past it, for a client can always avoid its own proxy."""
        if isinstance(client, Pod) and self.meets_proxies(client, server, port, protocol):
            wire = port if port in mesh.DIRECT else mesh.INBOUND
            yield Way(client, server, port, protocol, wire, client.identity)
        yield Way(client, server, port, protocol, port, None)

    def linkerd_allows(self, way: Way) -> bool:
        """Whether the server's proxy lets a way end."""
        admitted = self.admitted(way.server, way.port, way.protocol, way.identity is not None)
        return bool(admitted >> self._bit(way.client) & 1)

    def admitted(self, server: End, port: int, protocol: str, by_identity: bool) -> int:
        """Whom the server's proxy lets in; everybody where there is none, or where it does not look."""
        if self.linkerd is None or protocol != "TCP" or not self.has_proxy(server):
            return self.ends.everyone
        if not isinstance(server, Pod) or not server.rendered:
            return self.ends.everyone  # its policies are somebody else's
        if port == mesh.TAP:  # checks its client itself, and knows only those of the mesh
            return self.meshed if by_identity else 0
        if any(port in r for r in server.skips_in):
            return 0 if by_identity else self.ends.everyone
        inbound = self.linkerd.inbound(server, port)
        return inbound.with_identity(self.ends) & ~self._skipping(port) if by_identity else inbound.plain(self.ends)

    def _skipping(self, port: int) -> int:
        """The clients that call a port past their own proxy."""
        return self.ends.of(p for _, p in self.world.workloads if any(port in r for r in p.skips_out))

    @cached_property
    def meshed(self) -> int:
        """All pods with a proxy."""
        return self.ends.those(lambda e: isinstance(e, Pod) and e.meshed)

    def _bit(self, end: End) -> int:
        return self.ends.index[end]

    def open(self, way: Way) -> bool:
        """Whether all three let it pass."""
        return (
            bool(self.out(way.client, way.wire, way.protocol) >> self._bit(way.server) & 1)
            and bool(self.into(way.server, way.wire, way.protocol) >> self._bit(way.client) & 1)
            and self.linkerd_allows(way)
        )

    def arriving(self, server: End, port: int, protocol: str, by_identity: bool) -> int:
        """Everybody whom ingress and Linkerd let reach a port of the server in this way."""
        wire = mesh.INBOUND if by_identity and port not in mesh.DIRECT else port
        let_in = self.into(server, wire, protocol) & self.admitted(server, port, protocol, by_identity)
        return let_in & self.meshed if by_identity else let_in

    def reaching(self, server: End, port: int, protocol: str, by_identity: bool, among: int) -> int:
        """Those among some ends who effectively reach a port of the server in this way."""
        wire = mesh.INBOUND if by_identity and port not in mesh.DIRECT else port
        bit, found = self._bit(server), 0
        for client in self.ends.listed(self.arriving(server, port, protocol, by_identity) & among):
            if self.out(client, wire, protocol) >> bit & 1:
                found |= 1 << self._bit(client)
        return found

    @cached_property
    def unmentioned(self) -> dict[str, int]:
        """For each protocol the port that stands for all that nobody mentions."""
        return {p: next(n for n, q in self.universe if q == p) for p in PROTOCOLS}

    def served(self, server: End) -> list[tuple[int, str]]:
        """The ports of a server: a rendered pod's own; of others nobody knows, so all that matter."""
        if isinstance(server, Pod) and server.rendered:
            return [(p.number, p.protocol) for p in server.ports if p.number != mesh.INBOUND or not server.meshed]
        return self.universe
