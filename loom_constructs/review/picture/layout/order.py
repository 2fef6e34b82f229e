"""The order in each column: neighbours near each other, few crossings."""

from __future__ import annotations

from itertools import combinations

from .grid import Block, Grid, Slot

ROUNDS = 12

_Order = tuple[list[list[Block]], list[tuple[Block, dict[int, list[Slot]]]]]


def order(grid: Grid) -> None:
    """Sorts blocks and slots by the mean rank of their neighbours, to and fro; keeps the order that crosses least."""
    _rank(grid)
    best, fewest = _kept(grid), crossings(grid)
    for turn in range(ROUNDS):
        _sweep(grid, to_the_right=turn % 2 == 0)
        _swap(grid)
        found = crossings(grid)
        if found < fewest:
            best, fewest = _kept(grid), found
    bands, columns = best
    grid.bands[:] = bands
    for block, slots in columns:
        block.columns = slots
    _rank(grid)


def crossings(grid: Grid) -> int:
    """How many pairs of edges cross between neighbouring columns."""
    count = 0
    for number in range(grid.starts[-1]):
        lines = [(s.rank, r.rank) for slots in grid.column(number) for s in slots for r in s.right]
        count += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(lines, 2))
    return count


def _kept(grid: Grid) -> _Order:
    blocks = [b for band in grid.bands for b in band]
    return [list(band) for band in grid.bands], [(b, {n: list(s) for n, s in b.columns.items()}) for b in blocks]


def _rank(grid: Grid) -> None:
    for number in range(grid.starts[-1]):
        slots = [s for block in grid.column(number) for s in block]
        for i, slot in enumerate(slots):
            slot.rank = (i + 0.5) / len(slots)


def _sweep(grid: Grid, *, to_the_right: bool) -> None:
    columns = range(grid.starts[-1])
    for number in columns if to_the_right else reversed(columns):
        for slots in grid.column(number):
            slots.sort(key=lambda s: _mean(s.left if to_the_right else s.right, s.rank))
        _rank(grid)
    for band in grid.bands:
        middle = {b: _mean([n for s in b.slots for n in _others(s)], _mean(b.slots, 0)) for b in band}
        band.sort(key=lambda b: middle[b])
    _rank(grid)


def _others(slot: Slot) -> list[Slot]:
    """The neighbours in other blocks."""
    return [n for n in [*slot.left, *slot.right] if n.block is not slot.block]


def _mean(slots: list[Slot], otherwise: float) -> float:
    return sum(s.rank for s in slots) / len(slots) if slots else otherwise


def _swap(grid: Grid) -> None:
    """Swaps neighbours in a column as long as that takes crossings away."""
    for _ in range(4):
        swapped = False
        for number in range(grid.starts[-1]):
            for slots in grid.column(number):
                for i in range(len(slots) - 1):
                    upper, lower = slots[i], slots[i + 1]
                    if _between(upper, lower) > _between(lower, upper):
                        slots[i], slots[i + 1] = lower, upper
                        upper.rank, lower.rank = lower.rank, upper.rank
                        swapped = True
        if not swapped:
            return


def _between(upper: Slot, lower: Slot) -> int:
    """Crossings of the edges of two slots if the one stands above the other."""
    return sum(
        u.rank > w.rank
        for mine, theirs in ((upper.left, lower.left), (upper.right, lower.right))
        for u in mine
        for w in theirs
    )
