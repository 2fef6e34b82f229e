"""The versions that go together. To move to a newer Linkerd, change them here and nowhere else."""

from __future__ import annotations

import re

LINKERD = "edge-26.8.3"
"""Of Linkerd 2.20. Open source Linkerd comes as edge releases only."""

GATEWAY_API = "1.2.1"
"""What Linkerd 2.20 was made for, and the oldest that it takes."""

GATEWAY_API_NEWEST = "1.5.1"
"""Newer ones work too, but Linkerd ignores a route with a field that it does not know."""

KUBERNETES = "1.31"
"""The oldest that the chart of the control plane takes."""

HELM = ("3", "4")


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, to compare by: `edge-26.8.3` is (26, 8, 3), `v1.34.4+k3s1` is (1, 34, 4)."""
    found = re.search(r"\d+(?:\.\d+)+", version)
    return tuple(int(n) for n in found[0].split(".")) if found else ()


def chart(version: str) -> str:
    """The version of the charts of a release: edge-26.8.3 is 2026.8.3."""
    return "20" + ".".join(str(n) for n in numbers(version))
