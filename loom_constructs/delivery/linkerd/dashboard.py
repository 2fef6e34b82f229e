"""Opens Linkerd's dashboard."""

from __future__ import annotations

import os

from .programs import linkerd


def dashboard() -> None:
    """Checks the extension `viz`, and becomes `linkerd viz dashboard`, which runs until it is interrupted."""
    linkerd("viz", "check", "--output", "short")
    os.execvp("linkerd", ["linkerd", "viz", "dashboard"])
