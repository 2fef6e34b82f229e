"""All that one set of manifests says about who can reach whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from . import mesh
from .compare import differences
from .ends import Address, End, Object, Pod
from .expectation import Expectation
from .intention import Intention
from .linkerd import Linkerd
from .manifests import Manifests
from .network import NetworkPolicies
from .paths import Paths
from .ports import PROTOCOLS, universe
from .row import ANY, Row
from .world import World


class Review:
    """Reads manifests once and answers.

    Args:
        objects: What `load` returned.
        expectation: What is meant, if anybody said so.
        linkerd: Whether Linkerd runs; by default as the expectation says, or if there are policies of Linkerd's.
        before: A review of nearly the same objects with the same expectation; what is the same is taken from it.
    """

    def __init__(
        self,
        objects: Iterable[Object],
        expectation: Expectation | None = None,
        *,
        linkerd: bool | None = None,
        before: Review | None = None,
    ) -> None:
        self.manifests = Manifests(objects)
        self.expectation = expectation
        if linkerd is None:
            linkerd = expectation.mesh if expectation else self.manifests.mentions_linkerd
        self.world: World = World.of(self.manifests, expectation, linkerd, before.world if before else None)
        self.network = NetworkPolicies(self.world.ends, self.manifests.policies)
        self.linkerd = Linkerd(self.world.ends, self.manifests, self.world.workloads) if linkerd else None
        pods = [e for e in self.world.ends.all if isinstance(e, Pod)]
        more = (mesh.INBOUND, *mesh.DIRECT, *mesh.CONTROL_PLANE_PORTS) if linkerd else ()
        calls = expectation.calls if expectation else ()
        self.paths = Paths(self.world, self.network, self.linkerd, universe(self.manifests.policies, pods, calls, more))

    def rows(self) -> list[Row]:
        """Who reaches whom, between known peers of which at least one is rendered."""
        return sorted(set(self._rows(strangers=False)), key=_order)

    def stranger_rows(self) -> list[Row]:
        """What strangers reach, and which strangers are reached."""
        return sorted(set(self._rows(strangers=True)), key=_order)

    def differences(self) -> list[str]:
        """Where it is not what the expectation says, one line each.

        Raises:
            ValueError: There is no expectation.
        """
        if self.expectation is None:
            raise ValueError("expectation must be given to compare with, got None")
        return differences(self.paths, Intention(self.paths, self.expectation))

    @cached_property
    def rendered(self) -> int:
        """The rendered pods."""
        return self.world.ends.those(lambda e: isinstance(e, Pod) and e.rendered)

    @cached_property
    def known(self) -> int:
        """Everybody who is no stranger."""
        return self.world.ends.those(lambda e: e.known)

    def _rows(self, strangers: bool) -> Iterator[Row]:
        ends = self.world.ends
        for server in ends.all:
            rendered = bool(self.rendered >> ends.index[server] & 1)
            clients = ends.everyone if rendered else self.rendered
            if strangers:
                clients &= ~self.known if server.known else ends.everyone
            else:
                clients &= self.known if server.known else 0
            for by_identity in (False, True) if self.paths.has_proxy(server) else (False,):
                yield from self._to(server, by_identity, clients)

    def _ports(self, server: End, by_identity: bool) -> list[tuple[int, str]]:
        """The ports to look at; behind somebody else's proxy only those that are meant can be told apart."""
        if by_identity and not self.rendered >> self.world.ends.index[server] & 1:
            calls = self.expectation.calls if self.expectation else ()
            return [(c.port, c.protocol) for c in calls if c.server in server.stands_for and c.protocol == "TCP"]
        return [p for p in self.paths.served(server) if p[1] == "TCP" or not by_identity]

    def _to(self, server: End, by_identity: bool, clients: int) -> Iterator[Row]:
        ends, paths = self.world.ends, self.paths
        at = {
            (port, protocol): paths.reaching(server, port, protocol, by_identity, clients)
            for port, protocol in self._ports(server, by_identity)
        }
        for (port, protocol), reaching in at.items():
            everywhere = at.get((paths.unmentioned[protocol], protocol), 0)
            for client in ends.listed(reaching):
                known = client.identity if by_identity and isinstance(client, Pod) else None
                number = ANY if everywhere >> ends.index[client] & 1 else port
                yield Row(*self._names(client, server, port, protocol), number, protocol, known)

    def _names(self, client: End, server: End, port: int, protocol: str) -> tuple[str, str]:
        """What the ends are called in a row; an address that several peers have goes by the one that is meant."""
        for call in self.expectation.calls if self.expectation else ():
            meant = call.client in client.stands_for and call.server in server.stands_for
            if meant and (call.port, call.protocol) == (port, protocol):
                return (
                    call.client if isinstance(client, Address) else client.name,
                    call.server if isinstance(server, Address) else server.name,
                )
        return client.name, server.name


def _order(row: Row) -> tuple[object, ...]:
    return (row.client, row.server, PROTOCOLS.index(row.protocol), row.port, row.identity or "")
