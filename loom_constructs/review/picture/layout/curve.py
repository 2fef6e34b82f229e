"""Paths of SVG."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]


def number(value: float) -> str:
    """A number as SVG reads it: a tenth of a pixel is enough."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def curve(points: Sequence[Point]) -> str:
    """A path that leaves and enters every point horizontally."""
    path = [f"M{_pair(points[0])}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle, end = (x0 + x1) / 2, _pair((x1, y1))
        straight = number(y0) == number(y1)
        path.append(f"L{end}" if straight else f"C{_pair((middle, y0))} {_pair((middle, y1))} {end}")
    return "".join(path)


def arc(x: float, y0: float, y1: float, out: float) -> str:
    """A path beside a column, from one height to the other."""
    control = x + out * 4 / 3  # a curve reaches three quarters of the way to its control points
    return f"M{_pair((x, y0))}C{_pair((control, y0))} {_pair((control, y1))} {_pair((x, y1))}"


def bulge(y0: float, y1: float) -> float:
    """How far an arc reaches out: those that lie inside others reach less far."""
    return min(14 + abs(y1 - y0) * 0.16, 72)


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
