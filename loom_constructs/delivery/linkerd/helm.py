"""Releases of charts, as Helm keeps them."""

from __future__ import annotations

import json
from typing import Any

from ..kubectl import DeliveryError
from .programs import run
from .versions import numbers

REPOSITORY = "https://helm.linkerd.io/edge"


def release(
    name: str, chart: str, *, namespace: str, version: str, timeout: int, values: dict[str, Any] | None = None
) -> bool:
    """Installs a chart or brings it to a version, waits for it, and takes it back if it does not come up.

    Returns:
        Whether there was something to do: the same chart with the same values is left alone.

    Raises:
        DeliveryError: It failed, or a newer one is installed.
    """
    there = ("--namespace", namespace)
    found = json.loads(run("helm", "list", *there, "--filter", f"^{name}$", "--output", "json") or "[]")
    if found:
        installed = str(found[0]["chart"]).removeprefix(f"{chart}-")
        if numbers(installed) > numbers(version):
            raise DeliveryError(f"chart {chart} must be {version} or older, got {installed}; it is not taken back")
        if installed == version and found[0]["status"] == "deployed":
            kept = json.loads(run("helm", "get", "values", name, *there, "--output", "json") or "null")
            if (kept or {}) == (values or {}):
                return False
    upgrade = ("upgrade", "--install", name, chart, "--repo", REPOSITORY, "--version", version, *there)
    waiting = ("--atomic", "--wait", "--timeout", f"{timeout}s")
    # `--reset-values`: what an earlier release was given does not linger
    run("helm", *upgrade, *waiting, "--reset-values", "--values", "-", stdin=json.dumps(values or {}))
    return True
