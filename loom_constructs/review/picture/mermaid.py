"""Who calls whom as a Mermaid flowchart, which GitHub and GitLab draw inside Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from .drawing import Drawing, Node
from .row import Row, plain

# Inside a label, Mermaid gives a meaning to quotes, "#...;", tags, backticks, "%%" and more: it gets none of them.
_UNESCAPED = re.compile(r"[^\w ./:=@,+()-]", re.ASCII)


def mermaid(rows: Iterable[Row], *, title: str) -> str:
    """A flowchart from left to right, to be put into a Markdown block that is marked ```` ```mermaid ````.

    One box per namespace; what is outside the cluster stands apart. One arrow per client and server, with its ports:
    thick where the server asks for an identity (mutual TLS), dotted where it does not. What nearly every peer of a
    namespace calls, or is called by, is one arrow from or to "all 17 peers".

    Args:
        rows: Who calls whom, in any order.
        title: Stands above the picture.
    """
    drawing = Drawing.of(rows)
    lines = ["---", f"title: {json.dumps(plain(title), ensure_ascii=False)}", "---", "flowchart LR"]
    if not drawing.edges:
        return "\n".join([*lines, '  none["nobody calls anybody"]', ""])
    for i, namespace in enumerate(drawing.namespaces):
        lines.append(f'  subgraph ns{i}["{_text(namespace)}"]')
        lines += [f"    {_node(n)}" for n in drawing.nodes if n.namespace == namespace]
        lines.append("  end")
    lines += [f"  {_node(n)}" for n in drawing.nodes if n.namespace is None]
    for edge in drawing.edges:
        arrow = "==>" if edge.identity else "-.->"
        lines.append(f'  {edge.client} {arrow}|"{_text(", ".join(edge.ports))}"| {edge.server}')
    crowds = ",".join(n.id for n in drawing.nodes if n.crowd)
    if crowds:
        lines += ["  classDef crowd stroke-dasharray: 4 3", f"  class {crowds} crowd"]
    return "\n".join([*lines, ""])


def _node(node: Node) -> str:
    left, right = ("([", "])") if node.crowd or node.namespace is None else ("[", "]")
    return f'{node.id}{left}"{_text(node.label)}"{right}'


def _text(text: str) -> str:
    return _UNESCAPED.sub(lambda found: f"#{ord(found[0])};", text)
