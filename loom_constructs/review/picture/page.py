"""Who calls whom as one page for a browser, which needs nothing else: no network, no fonts, no other file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256

from .drawing import Drawing
from .html import text
from .row import Row, plain
from .script import SCRIPT
from .style import STYLE
from .svg import svg
from .table import HEAD, table


def page(rows: Iterable[Row], *, title: str) -> str:
    """A page with a picture, callers left and servers right, and below it a table of all rows.

    A click on a peer or an arrow shows its rows; the table has a filter. Without JavaScript both are still there. The
    same rows make the same bytes, in whatever order they come.

    Args:
        rows: Who calls whom, in any order.
        title: The heading, and the title of the window.
    """
    drawing = Drawing.of(rows)
    heading = text(plain(title))
    # Only our script may run, and nothing may be loaded: a second wall behind the escaped names.
    digest = b64encode(sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{heading}</title>
<style>{STYLE}</style>
</head>
<body>
<a class="skip" href="#calls">To the table</a>
<header>
<h1>{heading}</h1>
<p>{summary(drawing)}</p>
</header>
<main>
{_picture(drawing, title=plain(title))}
<section aria-labelledby="all">
<div class="above">
<h2 id="all">All calls</h2>
<p id="shown" role="status">{_count(len(drawing.calls), "call")}</p>
<label hidden>Filter <input id="filter" type="search" autocomplete="off" placeholder="nats 4222"></label>
</div>
<div class="scroll">
{table(drawing)}
</div>
</section>
</main>
<aside id="chosen" aria-labelledby="chosen-name" hidden>
<header><h2 id="chosen-name"></h2><button type="button">Close</button></header>
<table><thead>{HEAD}</thead><tbody></tbody></table>
</aside>
<script>{SCRIPT}</script>
</body>
</html>
"""


def summary(drawing: Drawing) -> str:
    """One sentence: how many call whom, and how many calls ask for an identity."""
    if not drawing.calls:
        return "Nobody calls anybody."
    peers = len({n.name for n in drawing.nodes if not n.crowd})
    asked = sum(c.identity is not None for c in drawing.calls)
    return (
        f"{_count(len(drawing.calls), 'call')} between {_count(peers, 'peer')} "
        f"in {_count(len(drawing.namespaces), 'namespace')}; {asked} with an identity."
    )


def _picture(drawing: Drawing, *, title: str) -> str:
    if not drawing.edges:
        return ""
    legend = [
        _line("known", "The server requires the client\u2019s identity (mutual TLS)"),
        _line("anyone", "The server requires none"),
    ]
    if any(n.crowd for n in drawing.nodes):
        legend.append(_pill("\u201call 9 peers\u201d: drawn as one, because they call or are called alike"))
    return f"""<ul class="legend">
{"".join(legend)}
</ul>
<figure tabindex="0" role="region" aria-label="Picture">
{svg(drawing, title=title)}
</figure>"""


def _line(kind: str, says: str) -> str:
    line = f'<path class="line" d="M42 6L2 6" marker-start="url(#{kind})"/>'
    return f'<li><svg width="44" height="12" aria-hidden="true" class="edge {kind}">{line}</svg>{says}</li>\n'


def _pill(says: str) -> str:
    pill = '<rect x="1" y="1" width="32" height="14" rx="7"/>'
    return f'<li><svg width="34" height="16" aria-hidden="true" class="crowd node">{pill}</svg>{says}</li>\n'


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
