"""`loom-constructs reach`."""

from __future__ import annotations

import argparse

from .choose import Choice
from .expectation import Expectation
from .findings import findings
from .load import load
from .review import Review
from .row import Row
from .table import anyone_else, as_json, table
from .why import why


def run(given: argparse.Namespace) -> tuple[str, int]:
    """What is printed, and the exit code.

    Raises:
        ValueError: An argument or a file is wrong.
    """
    expectation = Expectation.read(given.expect) if given.expect else None
    review = Review(load(given.paths), expectation, linkerd=given.linkerd)
    choice = Choice.of(review, given.client, given.server)
    rows = choice.among(review.rows())
    if given.why:
        return "\n".join(why(review, choice, rows)), 0
    found = findings(review)
    differences = review.differences() if expectation else []
    failed = bool(differences) or bool(found and (expectation or given.strict))
    if given.format in ("mermaid", "html"):
        return _picture(given, rows), int(failed)
    strangers = choice.among(review.stranger_rows())
    if given.format == "json":
        return as_json(rows, strangers, found, differences), int(failed)
    lines = [*table(rows), *anyone_else(strangers)]
    if differences or found:
        lines.append("")
    lines += [f"difference: {line}" for line in differences]
    lines += [f"finding: {line}" for line in found]
    return "\n".join(lines), int(failed)


def _picture(given: argparse.Namespace, rows: list[Row]) -> str:
    title = f"Who reaches whom in {', '.join(map(str, given.paths))}"
    if given.format == "mermaid":
        from .picture.mermaid import mermaid

        return mermaid(rows, title=title)
    from .picture.page import page

    return page(rows, title=title)
