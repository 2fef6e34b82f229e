"""Draws who reaches whom in each environment, from dist/: `make pictures`."""

from __future__ import annotations

from pathlib import Path

from loom_constructs.review.expectation import Expectation
from loom_constructs.review.load import load
from loom_constructs.review.picture.mermaid import mermaid
from loom_constructs.review.picture.page import page
from loom_constructs.review.review import Review

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

PICTURES = {
    "local": ("a laptop, without Linkerd", ["dist/local"]),
    "local-linkerd": ("a laptop, with Linkerd added", ["dist/local", "dist/local/linkerd"]),
    "staging": ("staging", ["dist/staging"]),
    "production": ("production", ["dist/production"]),
}

HEAD = """\
# Who reaches whom

Drawn by `make pictures` from the rendered files in `dist/`: what network policies and Linkerd together let through, as
`loom-constructs reach` works it out. It is what the constructs mean to let through (the JSON files beside this page);
tests keep both the same, and this page current. Thick lines are mutual TLS: the server knows its client. The pages in
HTML have every port in a table with a filter, and show a program's own calls when it is pointed at.
"""


def draw() -> dict[str, str]:
    """The files by their names."""
    files, sections = {}, [HEAD]
    for name, (what, folders) in PICTURES.items():
        meant = Expectation.read(HERE / f"{name}.json")
        rows = Review(load([ROOT / folder for folder in folders]), meant).rows()
        title = f"Who reaches whom: {what}"
        files[f"{name}.html"] = page(rows, title=title)
        drawing = mermaid(rows, title=title).rstrip()
        sections.append(
            f"## {what.capitalize()}\n\n[Page]({name}.html), [intention]({name}.json)\n\n```mermaid\n{drawing}\n```\n"
        )
    files["README.md"] = "\n".join(sections)
    return files


def main() -> None:
    """Writes them."""
    for name, text in draw().items():
        (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
