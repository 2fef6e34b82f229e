"""What a picture of the calls consists of: nodes and edges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from .crowd import Crowd, Side, crowds
from .row import Call, Row, calls, namespace_of


@dataclass(frozen=True)
class Node:
    """A peer, or a crowd of peers."""

    id: str
    """Safe in any language."""

    name: str
    """As the rows say it; for a crowd: how many."""

    namespace: str | None
    """None: outside the cluster."""

    ports: tuple[str, ...]
    """Those that drawn edges arrive at."""

    crowd: Side | None = None
    """For a crowd: whether its members are clients or servers."""

    @property
    def label(self) -> str:
        """The name; without the namespace, whose box the node lies in."""
        return self.name if self.crowd or self.namespace is None else self.name.partition("/")[2]


@dataclass(frozen=True)
class Edge:
    """All calls of one client to one server; those that ask for an identity apart from those that ask for none."""

    id: str
    client: str
    server: str
    identity: bool
    calls: tuple[Call, ...]

    @property
    def ports(self) -> tuple[str, ...]:
        """What is called, in the order of the numbers."""
        return _ports(self.calls)


@dataclass(frozen=True)
class Drawing:
    """Nodes and edges, in a stable order."""

    calls: tuple[Call, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    ends: dict[Call, tuple[str, str]]
    """The nodes of the peers that each call is between, also where a crowd stands for one of them."""

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Drawing:
        """The rows, with crowds in the place of peers that nearly all call or are called alike.

        What is outside the cluster is drawn twice if it calls and is called: traffic then runs from left to right.
        """
        listed = calls(rows)
        crowd_of = crowds(listed)
        peers = _peers(listed)
        keys: list[_Key] = [*sorted({p for both in peers.values() for p in both}), *sorted(set(crowd_of.values()))]
        ids = {key: f"n{i}" for i, key in enumerate(keys)}
        together: dict[tuple[str, str, bool], list[Call]] = {}
        for call, (client, server) in peers.items():
            crowd = crowd_of.get(call)
            from_ = ids[crowd if crowd and crowd.side == "client" else client]
            to = ids[crowd if crowd and crowd.side == "server" else server]
            together.setdefault((from_, to, call.identity is not None), []).append(call)
        edges = [Edge(f"e{i}", *between, tuple(same)) for i, (between, same) in enumerate(together.items())]
        arriving: dict[str, list[Call]] = {}
        for edge in edges:
            arriving.setdefault(edge.server, []).extend(edge.calls)
        total = Counter(p.namespace for p in keys if isinstance(p, _Peer))
        nodes = [_node(key, ids[key], _ports(arriving.get(ids[key], [])), total) for key in keys]
        ends = {call: (ids[client], ids[server]) for call, (client, server) in peers.items()}
        return cls(tuple(listed), tuple(nodes), tuple(edges), ends)

    @property
    def namespaces(self) -> list[str]:
        """Those that have a peer, by name."""
        return sorted({n.namespace for n in self.nodes if n.namespace is not None})


class _Peer(NamedTuple):
    name: str
    side: str
    """Tells the two nodes apart of what is drawn twice."""

    @property
    def namespace(self) -> str | None:
        return namespace_of(self.name)


_Key = _Peer | Crowd


def _peers(listed: list[Call]) -> dict[Call, tuple[_Peer, _Peer]]:
    """Client and server of each call; what is outside the cluster and both calls and is called, as two peers."""
    outside = {c.client for c in listed if namespace_of(c.client) is None}
    twice = outside & {c.server for c in listed}

    def peer(name: str, side: Side) -> _Peer:
        return _Peer(name, side if name in twice else "")

    return {c: (peer(c.client, "client"), peer(c.server, "server")) for c in listed}


def _node(key: _Key, id: str, ports: tuple[str, ...], total: Counter[str | None]) -> Node:
    if isinstance(key, _Peer):
        return Node(id, key.name, key.namespace, ports)
    count, all_ = len(key.members), total[key.namespace]
    name = f"all {count} peers" if count == all_ else f"{count} of {all_} peers"
    return Node(id, name, key.namespace, ports, key.side)


def _ports(called: Iterable[Call]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c.port_label for c in sorted(called, key=lambda c: (c.port, c.protocol))))
