"""Bands, blocks, columns and slots: who stands in which column, and where edges bend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from ..drawing import Drawing, Edge, Node
from .columns import apart, together


@dataclass(eq=False)
class Slot:
    """A place in a column: a node, or a bend of the edges that pass by on their way to one server."""

    block: Block
    column: int
    node: Node | None
    height: float = 6
    rank: float = 0
    """Where in its column: 0 is the top, 1 the bottom."""

    y: float = 0
    """The middle."""

    left: list[Slot] = field(default_factory=list)
    right: list[Slot] = field(default_factory=list)

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


@dataclass(eq=False)
class Block:
    """What stays together: a namespace, something outside the cluster, or edges that pass a band."""

    namespace: str | None
    columns: dict[int, list[Slot]] = field(default_factory=dict)

    @property
    def slots(self) -> list[Slot]:
        return [s for slots in self.columns.values() for s in slots]

    @property
    def nodes(self) -> list[Slot]:
        return [s for s in self.slots if s.node]


@dataclass
class Grid:
    """All slots, and the slots along each edge, from its server to its client."""

    bands: list[list[Block]]
    starts: list[int]
    """The first column of each band, and the number of all columns."""

    chains: dict[str, list[Slot]]

    def column(self, number: int) -> Iterator[list[Slot]]:
        """The slots of a column, block by block."""
        for block in self.bands[self.band_of(number)]:
            yield block.columns.get(number, [])

    def band_of(self, column: int) -> int:
        """The band that a column belongs to."""
        return max(i for i, start in enumerate(self.starts[:-1]) if start <= column)


def grid(drawing: Drawing) -> Grid:
    """Puts each node into a column, and bends into the columns that edges pass."""
    home = {n.id: n.namespace if n.namespace is not None else f"/{n.id}" for n in drawing.nodes}
    homes = list(dict.fromkeys(home.values()))
    band = apart(homes, [(home[e.client], home[e.server]) for e in drawing.edges])
    inner = {h: _inner(h, home, drawing) for h in homes}
    width = [max(max(inner[h].values()) + 1 for h in homes if band[h] == b) for b in range(max(band.values()) + 1)]
    starts = [sum(width[:b]) for b in range(len(width) + 1)]
    blocks = {h: Block(None if h.startswith("/") else h) for h in homes}
    slots: dict[str, Slot] = {}
    for node in drawing.nodes:
        column = starts[band[home[node.id]]] + inner[home[node.id]][node.id]
        slots[node.id] = _slot(blocks[home[node.id]], column, node)
    made = Grid([[blocks[h] for h in homes if band[h] == b] for b in range(len(width))], starts, {})
    bends = _Bends(made)
    for edge in drawing.edges:
        made.chains[edge.id] = bends.along(edge, slots[edge.server], slots[edge.client])
    return made


def _inner(home: str, homes: dict[str, str], drawing: Drawing) -> dict[str, int]:
    """Columns inside a block; crowds that call stand last, those that are called first."""
    nodes = [n for n in drawing.nodes if homes[n.id] == home]
    peers = [n.id for n in nodes if not n.crowd]
    column = together(peers, [(e.client, e.server) for e in drawing.edges if {e.client, e.server} <= set(peers)])
    last = max(column.values())
    return column | {n.id: last if n.crowd == "client" else 0 for n in nodes if n.crowd}


def _slot(block: Block, column: int, node: Node | None) -> Slot:
    slot = Slot(block, column, node)
    block.columns.setdefault(column, []).append(slot)
    return slot


class _Bends:
    """Leads edges through the columns between their ends; edges to one server share their bends."""

    def __init__(self, made: Grid) -> None:
        self._grid = made
        self._bends: dict[tuple[str, bool, int, Block], Slot] = {}
        self._lanes: dict[tuple[int, Block], Block] = {}

    def along(self, edge: Edge, server: Slot, client: Slot) -> list[Slot]:
        """The slots from the server to the client, each known to its neighbours."""
        step = 1 if client.column > server.column else -1
        chain = [server]
        for column in range(server.column + step, client.column, step):
            block = self._block(column, client.block, server.block)
            key = (edge.server, edge.identity, column, block)
            if key not in self._bends:
                self._bends[key] = _slot(block, column, None)
            chain.append(self._bends[key])
        chain.append(client)
        for one, other in pairwise(chain):
            a, b = (one, other) if one.column < other.column else (other, one)
            if a.column < b.column and b not in a.right:
                a.right.append(b)
                b.left.append(a)
        return chain

    def _block(self, column: int, client: Block, server: Block) -> Block:
        """The block of an end that lies in this band; else one of its own, which runs around the band's boxes."""
        band = self._grid.band_of(column)
        for end in (client, server):
            if end in self._grid.bands[band]:
                return end
        if (band, server) not in self._lanes:
            self._lanes[band, server] = Block(None)
            self._grid.bands[band].append(self._lanes[band, server])
        return self._lanes[band, server]
