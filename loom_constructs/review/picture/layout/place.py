"""How high each slot stands: edges as straight as the order allows."""

from __future__ import annotations

from itertools import pairwise

from .grid import Block, Grid, Slot
from .spread import spread

ROUNDS = 24
HEADER, PADDING = 34.0, 18.0
BETWEEN_NODES, BETWEEN_BENDS, BETWEEN_BLOCKS = 16.0, 12.0, 24.0


def place(grid: Grid) -> None:
    """Gives every slot its `y`; blocks of one band never share a height."""
    for block in (b for band in grid.bands for b in band):
        for slots in block.columns.values():
            for slot, y in zip(slots, spread([0] * len(slots), _distances(slots)), strict=True):
                slot.y = y
    for turn in range(ROUNDS):
        for band in grid.bands if turn % 2 == 0 else reversed(grid.bands):
            for block in band:
                _straighten(block)
                _move(block, _towards_others(block))
            _stack(band)
    top = min(extent(b)[0] for band in grid.bands for b in band)
    for block in (b for band in grid.bands for b in band):
        _move(block, -top)


def extent(block: Block) -> tuple[float, float]:
    """The highest and the lowest point of a block, with the frame and the name of a namespace."""
    top, bottom = min(s.top for s in block.slots), max(s.bottom for s in block.slots)
    return (top - HEADER, bottom + PADDING) if block.namespace else (top, bottom)


def _straighten(block: Block) -> None:
    """Brings slots near their neighbours of the same block; others do not stretch it."""
    middle = sum(s.y for s in block.slots) / len(block.slots)
    for slots in block.columns.values():
        wanted = [_between_neighbours(s, middle) for s in slots]
        for slot, y in zip(slots, spread(wanted, _distances(slots)), strict=True):
            slot.y = y


def _between_neighbours(slot: Slot, otherwise: float) -> float:
    """The height in the middle of its neighbours, those on the left and those on the right counting alike."""
    near = [[s.y for s in side if s.block is slot.block] for side in (slot.left, slot.right)]
    sides = [sum(side) / len(side) for side in near if side]
    return sum(sides) / len(sides) if sides else otherwise


def _towards_others(block: Block) -> float:
    """How far a block's edges to other blocks would move it to become straight."""
    ways = [n.y - s.y for s in block.slots for n in [*s.left, *s.right] if n.block is not block]
    return sum(ways) / len(ways) if ways else 0


def _move(block: Block, way: float) -> None:
    for slot in block.slots:
        slot.y += way


def _distances(slots: list[Slot]) -> list[float]:
    return [(a.height + b.height) / 2 + _gap(a, b) for a, b in pairwise(slots)]


def _gap(a: Slot, b: Slot) -> float:
    return BETWEEN_NODES if a.node or b.node else BETWEEN_BENDS


def _stack(band: list[Block]) -> None:
    extents = [extent(b) for b in band]
    middles = [(top + bottom) / 2 for top, bottom in extents]
    halves = [(bottom - top) / 2 for top, bottom in extents]
    stacked = spread(middles, [a + b + BETWEEN_BLOCKS for a, b in pairwise(halves)])
    for block, before, now in zip(band, middles, stacked, strict=True):
        _move(block, now - before)
