"""All calls as a table: what the picture shows, for those who read or hear it."""

from __future__ import annotations

from .drawing import Drawing
from .html import text

_COLUMNS = ("Client", "Server", "Port", "Protocol", "Identity")
HEAD = "<tr>" + "".join(f'<th scope="col">{c}</th>' for c in _COLUMNS) + "</tr>"


def table(drawing: Drawing) -> str:
    """One row per call, with the edge and the nodes that stand for it."""
    edge_of = {call: edge.id for edge in drawing.edges for call in edge.calls}
    rows = []
    for call in drawing.calls:
        values = (call.client, call.server, call.port, call.protocol, call.identity or "none")
        cells = "".join(f"<td>{text(v)}</td>" for v in values)
        peers = " ".join(drawing.ends[call])
        rows.append(f'<tr data-edge="{edge_of[call]}" data-peers="{peers}">{cells}</tr>')
    return "\n".join([f'<table id="calls">\n<thead>{HEAD}</thead>\n<tbody>', *rows, "</tbody>\n</table>"])
