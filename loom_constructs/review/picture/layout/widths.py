"""How wide columns and the gaps between them are."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from .box import Box
from .curve import Point
from .face import ADVANCE, Face, cells, shortened
from .grid import Block, Grid, Slot
from .place import PADDING, extent

MARGIN = 8.0
NAMESPACE_SIZE, NAMESPACE_LONGEST = 12.0, 24
BENDS_ONLY = 24.0
GAP, BAND_GAP = 52.0, 84.0
PER_LINE, MOST_LINES = 1.2, 40


class Widths:
    """The horizontal half of the layout: wider gaps where more edges run or arcs reach out."""

    def __init__(self, grid: Grid, faces: Mapping[str, Face], reach: Mapping[Slot, float]) -> None:
        self._grid = grid
        self._reach = reach
        count = grid.starts[-1]
        self._widths = [self._width(c, faces) for c in range(count)]
        gaps = [self._gap(c) for c in range(count)]
        self._lefts = [MARGIN + PADDING + sum(self._widths[:c]) + sum(gaps[:c]) for c in range(count)]
        self.width = self._lefts[-1] + self._widths[-1] + max(self._arcs(count - 1), 0) + PADDING + MARGIN
        self.height = max(extent(b)[1] for band in grid.bands for b in band) + 2 * MARGIN

    def left(self, slot: Slot) -> float:
        return self._lefts[slot.column]

    def right(self, slot: Slot) -> float:
        return self._lefts[slot.column] + self._widths[slot.column]

    def box(self, slot: Slot) -> Box:
        """Where a node is drawn; all nodes of a column are equally wide."""
        return Box(self.left(slot), slot.top + MARGIN, self._widths[slot.column], slot.height)

    def points(self, chain: list[Slot], start: float, end: float) -> list[Point]:
        """The points along an edge: the side of its server, both sides of each bend, the side of its client."""
        found: list[Point] = []
        for one, other in pairwise(chain):
            forward = one.column < other.column
            found.append((self.right(one) if forward else self.left(one), one.y))
            found.append((self.left(other) if forward else self.right(other), other.y))
        found[0] = (found[0][0], start)
        found[-1] = (found[-1][0], end)
        return [(x, y + MARGIN) for x, y in found]

    def namespaces(self) -> list[tuple[str, Box]]:
        """The frames around namespaces, with their names as far as there is room."""
        return [(b.namespace, self._frame(b)) for b in (b for band in self._grid.bands for b in band) if b.namespace]

    def _frame(self, block: Block) -> Box:
        top, bottom = extent(block)
        left = min(self.left(s) for s in block.nodes) - PADDING
        right = max(self.right(s) + self._reach.get(s, 0) for s in block.nodes) + PADDING
        return Box(left, top + MARGIN, right - left, bottom - top)

    def _width(self, column: int, faces: Mapping[str, Face]) -> float:
        widest = BENDS_ONLY
        for block in self._grid.bands[self._grid.band_of(column)]:
            widest = max([widest, *(faces[s.node.id].width for s in block.columns.get(column, []) if s.node)])
            if block.namespace and column == min(s.column for s in block.nodes):
                widest = max(widest, cells(namespace_label(block.namespace)) * NAMESPACE_SIZE * ADVANCE)
        return widest

    def _gap(self, column: int) -> float:
        lines = sum(len(s.right) for slots in self._grid.column(column) for s in slots)
        room = BAND_GAP if column + 1 in self._grid.starts else GAP
        return room + PER_LINE * min(lines, MOST_LINES) + self._arcs(column)

    def _arcs(self, column: int) -> float:
        return max((self._reach.get(s, 0) for slots in self._grid.column(column) for s in slots), default=0)


def namespace_label(namespace: str) -> str:
    """A namespace's name as its frame shows it."""
    return shortened(namespace, NAMESPACE_LONGEST)
