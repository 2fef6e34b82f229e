"""What an expectation means for the ends of a world: who may reach whom, and which half has to allow what."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from . import mesh
from .ends import Address, End, Pod
from .expectation import Call, Expectation, Peer
from .paths import Paths, Way


class Intention:
    """What is permitted and what is required.

    A call from or to every address permits pods as well, but requires addresses only; a call of a whole namespace
    permits strangers in it, but requires the known pods only.
    """

    def __init__(self, paths: Paths, expectation: Expectation) -> None:
        self.paths, self.ends, self.expectation = paths, paths.ends, expectation
        self._effective: dict[tuple[End, int, str, bool], int] = {}
        self._out: dict[tuple[End, int, str], int] = {}
        self._in: dict[tuple[End, int, str], int] = {}
        self._pods_past_mesh: set[tuple[End, int]] = set()
        for call in expectation.calls:
            self._permit(call)

    @cached_property
    def _members(self) -> dict[str, int]:
        found = dict.fromkeys(self.expectation.peers, 0)
        for end in self.ends.all:
            for name in end.stands_for:
                found[name] |= 1 << self.ends.index[end]
        return found

    def _permitted(self, peer: Peer) -> int:
        return self._members[peer.name] | (self.ends.pods if peer.is_anywhere else 0)

    def _permit(self, call: Call) -> None:
        peers = self.expectation.peers
        clients, servers = self._permitted(peers[call.client]), self._permitted(peers[call.server])
        for server in self.ends.listed(servers):
            by_identity = self.by_identity(call, server)
            key = (server, call.port, call.protocol, by_identity)
            self._effective[key] = self._effective.get(key, 0) | clients
            if not by_identity and not peers[call.client].is_outside:
                self._pods_past_mesh.add((server, call.port))
            for wire in self._wires(call, by_identity):
                there = (server, wire, call.protocol)
                self._in[there] = self._in.get(there, 0) | clients
                for client in self.ends.listed(clients):
                    here = (client, wire, call.protocol)
                    self._out[here] = self._out.get(here, 0) | 1 << self.ends.index[server]

    def by_identity(self, call: Call, server: End) -> bool:
        """Whether a call goes through the mesh."""
        return call.identity is not None and call.protocol == "TCP" and self.paths.has_proxy(server)

    @staticmethod
    def _wires(call: Call, by_identity: bool) -> tuple[int, ...]:
        """The ports that may be open for a call; the server's own is the way back when a proxy is missing."""
        return (call.port, mesh.INBOUND) if by_identity and call.port not in mesh.DIRECT else (call.port,)

    def clients(self, server: End, port: int, protocol: str, by_identity: bool) -> int:
        """Who may effectively reach a port in this way; who may come past the mesh may come through it as well."""
        past = self._effective.get((server, port, protocol, False), 0)
        return past | self._effective.get((server, port, protocol, True), 0) if by_identity else past

    def pods_past_the_mesh(self, server: End, port: int) -> bool:
        """Whether pods are meant to come without an identity; their addresses are unknown."""
        return (server, port) in self._pods_past_mesh

    def out(self, client: End, port: int, protocol: str) -> int:
        """Whom a client's egress may allow on the wire."""
        return self._out.get((client, port, protocol), 0)

    def into(self, server: End, port: int, protocol: str) -> int:
        """Whom a server's ingress may allow on the wire."""
        return self._in.get((server, port, protocol), 0)

    def required(self) -> Iterator[tuple[Call, Way]]:
        """Every way that has to be open."""
        peers = self.expectation.peers
        for call in self.expectation.calls:
            for client in self._required(peers[call.client]):
                for server in self._required(peers[call.server]):
                    by_identity = self.by_identity(call, server)
                    direct = call.port in mesh.DIRECT or not by_identity
                    wire = call.port if direct else mesh.INBOUND
                    known = client.identity if by_identity and isinstance(client, Pod) else None
                    yield call, Way(client, server, call.port, call.protocol, wire, known)

    def _required(self, peer: Peer) -> list[End]:
        members = self.ends.listed(self._members[peer.name])
        return [e for e in members if e.known and (isinstance(e, Address) or not peer.is_outside)]
