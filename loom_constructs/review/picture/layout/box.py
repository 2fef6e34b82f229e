"""A rectangle."""

from __future__ import annotations

from typing import NamedTuple


class Box(NamedTuple):
    """Left, top, width, height."""

    x: float
    y: float
    width: float
    height: float
