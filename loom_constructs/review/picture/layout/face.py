"""What is written in a node, and how much room that takes."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ..drawing import Node

NAME_SIZE, PORT_SIZE = 13.0, 11.0
NAME_LINE, PORT_LINE = 17.0, 14.0
SIDE, ENDS = 12.0, 8.0
LONGEST, LINES = 21, 3
NARROWEST = 84.0
# Of the size of the letters; no monospaced font that browsers fall back to is wider.
ADVANCE = 0.61


@dataclass(frozen=True)
class Face:
    """The lines of a node."""

    name: tuple[str, ...]
    ports: tuple[str, ...]

    @classmethod
    def of(cls, node: Node) -> Face:
        """The name, broken where it may be, and below it the ports that are called."""
        name = _lines(_pieces(node.label), LONGEST)
        ports = _lines([f":{p} " for p in node.ports], int(LONGEST * NAME_SIZE / PORT_SIZE))
        return cls(tuple(name), tuple(ports))

    @property
    def width(self) -> float:
        """With the room at both sides."""
        name, ports = (max(map(cells, lines), default=0) for lines in (self.name, self.ports))
        return max(NARROWEST, 2 * SIDE + ADVANCE * max(name * NAME_SIZE, ports * PORT_SIZE))

    @property
    def height(self) -> float:
        """With the room above and below."""
        return 2 * ENDS + NAME_LINE * len(self.name) + PORT_LINE * len(self.ports)


def cells(text: str) -> int:
    """The width of a text in letters: wide ones count twice."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def shortened(text: str, longest: int) -> str:
    """The text, or as much of it as has room, with an ellipsis."""
    if cells(text) <= longest:
        return text
    while text and cells(text) > longest - 1:
        text = text[:-1]
    return f"{text}…"


def _pieces(name: str) -> list[str]:
    """A name in the pieces between which a line may end: behind each mark."""
    pieces = [""]
    for letter in name:
        pieces[-1] += letter
        if not letter.isalnum() or cells(pieces[-1]) >= LONGEST - 1:
            pieces.append("")
    return [p for p in pieces if p]


def _lines(pieces: Sequence[str], longest: int) -> list[str]:
    lines = [""]
    for piece in pieces:
        if lines[-1] and cells(lines[-1] + piece.rstrip()) > longest:
            lines.append("")
        lines[-1] += piece
    lines = [line.strip() for line in lines if line.strip()]
    if len(lines) <= LINES:
        return lines
    return [*lines[: LINES - 1], shortened(f"{lines[LINES - 1]}{'…' * longest}", longest)]
