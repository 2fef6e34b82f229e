"""Numbers that keep their distance."""

from __future__ import annotations

from collections.abc import Sequence


def spread(wanted: Sequence[float], distances: Sequence[float]) -> list[float]:
    """The numbers nearest to those wanted (least squares) of which each lies a distance behind the one before.

    Args:
        wanted: In the order that is kept.
        distances: From each number to the next at least; one fewer than numbers.
    """
    offsets = [sum(distances[:i]) for i in range(len(wanted))]
    pools: list[tuple[float, int]] = []  # mean and size: neighbours that are too near share a mean
    for value, offset in zip(wanted, offsets, strict=True):
        mean, size = value - offset, 1
        while pools and pools[-1][0] >= mean:
            before, count = pools.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        pools.append((mean, size))
    flat = [mean for mean, size in pools for _ in range(size)]
    return [value + offset for value, offset in zip(flat, offsets, strict=True)]
