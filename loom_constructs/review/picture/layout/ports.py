"""Where edges touch the nodes: spread over a side, so that each can be followed."""

from __future__ import annotations

from typing import NamedTuple

from ..drawing import Drawing
from .grid import Grid, Slot

PITCH = 9.0
MARGIN = 8.0


class Touch(NamedTuple):
    """A place at a side of a node; edges of one kind that come from the same slot share it."""

    node: Slot
    right: bool
    towards: Slot
    identity: bool
    arrives: bool


def touches(grid: Grid, drawing: Drawing) -> dict[str, tuple[Touch, Touch]]:
    """Where each edge arrives at its server, and where it leaves its client."""
    found: dict[str, tuple[Touch, Touch]] = {}
    for edge in drawing.edges:
        chain = grid.chains[edge.id]
        server, client = chain[0], chain[-1]
        # In one column, an edge leaves to the right and comes back from there.
        arrives = Touch(server, chain[1].column >= server.column, chain[1], edge.identity, True)
        leaves = Touch(client, chain[-2].column >= client.column, chain[-2], edge.identity, False)
        found[edge.id] = (arrives, leaves)
    return found


def room(found: dict[str, tuple[Touch, Touch]]) -> dict[Slot, float]:
    """The height that each node needs for its edges."""
    needed: dict[Slot, float] = {}
    for (node, _), side in _sides(found).items():
        needed[node] = max(needed.get(node, 0), PITCH * (len(side) - 1) + 2 * MARGIN)
    return needed


def heights(found: dict[str, tuple[Touch, Touch]]) -> dict[Touch, float]:
    """The `y` of each place, in the order of what lies at the other end."""
    y: dict[Touch, float] = {}
    for (node, _), side in _sides(found).items():
        side.sort(key=_order)
        for i, touch in enumerate(side):
            y[touch] = node.y + PITCH * (i - (len(side) - 1) / 2)
    return y


def _sides(found: dict[str, tuple[Touch, Touch]]) -> dict[tuple[Slot, bool], list[Touch]]:
    sides: dict[tuple[Slot, bool], list[Touch]] = {}
    for touch in dict.fromkeys(t for both in found.values() for t in both):
        sides.setdefault((touch.node, touch.right), []).append(touch)
    return sides


def _order(touch: Touch) -> tuple[int, float, bool, bool]:
    """Arcs to nodes above, edges to other columns, arcs to nodes below; arcs nested in each other."""
    node, other = touch.node, touch.towards
    if node.column != other.column:
        return 0, other.y, touch.identity, touch.arrives == touch.right
    if other.y < node.y:
        return -1, -other.y, not touch.identity, touch.arrives
    return 1, -other.y, touch.identity, touch.arrives
