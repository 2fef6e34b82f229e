"""The layout: boxes of nodes and namespaces, and curves of edges, as numbers."""

from __future__ import annotations

from dataclasses import dataclass

from ..drawing import Drawing
from .box import Box
from .curve import arc, bulge, curve
from .face import Face
from .grid import Slot, grid
from .order import order
from .place import place
from .ports import heights, room, touches
from .widths import MARGIN, Widths


@dataclass(frozen=True)
class Layout:
    """What stands where."""

    width: float
    height: float
    nodes: dict[str, Box]
    faces: dict[str, Face]
    namespaces: list[tuple[str, Box]]
    curves: dict[str, str]
    """The path of each edge as SVG writes it, from the server to the client."""


def arrange(drawing: Drawing) -> Layout:
    """Lays a drawing out that has at least one edge."""
    made = grid(drawing)
    slots = {s.node.id: s for band in made.bands for b in band for s in b.slots if s.node}
    faces = {n.id: Face.of(n) for n in drawing.nodes}
    touched = touches(made, drawing)
    needed = room(touched)
    for id, slot in slots.items():
        slot.height = max(faces[id].height, needed.get(slot, 0))
    order(made)
    place(made)
    y = heights(touched)
    arcs = {id: bulge(y[a], y[b]) for id, (a, b) in touched.items() if a.node.column == b.node.column}
    reach: dict[Slot, float] = {}
    for id, out in arcs.items():
        for end in touched[id]:
            reach[end.node] = max(reach.get(end.node, 0), out)
    widths = Widths(made, faces, reach)
    curves = {}
    for id, (a, b) in touched.items():
        if id in arcs:
            curves[id] = arc(widths.right(a.node), y[a] + MARGIN, y[b] + MARGIN, arcs[id])
        else:
            curves[id] = curve(widths.points(made.chains[id], y[a], y[b]))
    boxes = {id: widths.box(s) for id, s in slots.items()}
    return Layout(widths.width, widths.height, boxes, faces, widths.namespaces(), curves)
