"""The picture itself, as SVG inside the page."""

from __future__ import annotations

from .drawing import Drawing, Edge, Node
from .html import text
from .layout import Box, Layout, arrange
from .layout.curve import number
from .layout.face import ENDS, NAME_LINE, NAME_SIZE, PORT_LINE, PORT_SIZE, SIDE
from .layout.widths import NAMESPACE_SIZE, namespace_label

TINTS = 6
# A narrow window scrolls sideways instead of making the letters smaller than can be read.
SMALLEST, LARGEST = 0.72, 1.2
_MARKER = (
    '<marker id="{id}" class="{id}" viewBox="0 0 10 10" refX="9.5" refY="5" markerWidth="9" markerHeight="9"'
    ' markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="{d}"/></marker>'
)


def svg(drawing: Drawing, *, title: str) -> str:
    """The drawing: frames of namespaces, above them the edges, above these the nodes."""
    layout = arrange(drawing)
    width, height = number(layout.width), number(layout.height)
    filled, open_ = "M0 0.5L10 5L0 9.5z", "M1 1L9 5L1 9"
    parts = [
        f'<svg id="picture" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group"'
        f' style="min-width: {layout.width * SMALLEST:.0f}px; max-width: {layout.width * LARGEST:.0f}px"'
        f' aria-label="{text(title)}" xmlns="http://www.w3.org/2000/svg">',
        f"<defs>{_MARKER.format(id='known', d=filled)}{_MARKER.format(id='anyone', d=open_)}</defs>",
        *(_frame(i, name, box) for i, (name, box) in enumerate(sorted(layout.namespaces))),
        *(_edge(e, layout, drawing) for e in drawing.edges),
        *(_node(n, layout, drawing) for n in drawing.nodes),
        "</svg>",
    ]
    return "\n".join(parts)


def edge_name(edge: Edge, drawing: Drawing) -> str:
    """An edge in words."""
    names = {n.id: n.name if not n.crowd else f"{n.name} of {n.namespace}" for n in drawing.nodes}
    asked = "identity required" if edge.identity else "no identity required"
    return f"{names[edge.client]} to {names[edge.server]} on {', '.join(edge.ports)}, {asked}"


def _frame(index: int, name: str, box: Box) -> str:
    label = text(namespace_label(name))
    return (
        f'<g class="namespace tint{index % TINTS}"><rect {_rect(box)} rx="14"/>'
        f'<text x="{number(box.x + 18)}" y="{number(box.y + 22)}" font-size="{number(NAMESPACE_SIZE)}">{label}'
        f"<title>namespace {text(name)}</title></text></g>"
    )


def _edge(edge: Edge, layout: Layout, drawing: Drawing) -> str:
    kind, path = ("known" if edge.identity else "anyone"), layout.curves[edge.id]
    return (
        f'<g id="{edge.id}" class="edge {kind}" data-ends="{edge.client} {edge.server}">'
        f"<title>{text(edge_name(edge, drawing))}</title>"
        f'<path class="hit" d="{path}"/><path class="line" d="{path}" marker-start="url(#{kind})"/></g>'
    )


def _node(node: Node, layout: Layout, drawing: Drawing) -> str:
    box, face = layout.nodes[node.id], layout.faces[node.id]
    kind = "crowd" if node.crowd else "peer" if node.namespace else "peer outside"
    round_ = min(box.height / 2, 18) if node.crowd or not node.namespace else 8
    # The lines stand in the middle of a node that is higher than they need.
    top = box.y + (box.height - face.height) / 2 + ENDS
    x, below = number(box.x + SIDE), top + NAME_LINE * len(face.name)
    lines = [
        f'<text class="name" x="{x}" y="{number(top + NAME_LINE * (i + 0.76))}" font-size="{number(NAME_SIZE)}">'
        f"{text(line)}</text>"
        for i, line in enumerate(face.name)
    ] + [
        f'<text class="ports" x="{x}" y="{number(below + PORT_LINE * (i + 0.78))}" font-size="{number(PORT_SIZE)}">'
        f"{text(line)}</text>"
        for i, line in enumerate(face.ports)
    ]
    name = node.name if not node.crowd else f"{node.name} of {node.namespace}"
    return (
        f'<g id="{node.id}" class="node {kind}"><title>{text(name)}</title>'
        f'<rect {_rect(box)} rx="{number(round_)}"/>{"".join(lines)}</g>'
    )


def _rect(box: Box) -> str:
    x, y, width, height = map(number, box)
    return f'x="{x}" y="{y}" width="{width}" height="{height}"'
