"""Linkerd's dashboard and metrics, the extension `viz`."""

from __future__ import annotations

from ..kubectl import kubectl
from .programs import linkerd
from .send import listed, send
from .steps import NOTHING

NAMESPACE = "linkerd-viz"


def install(version: str, *, timeout: int) -> str:
    """Installs the extension, unless it is there in this version: each manifest of it has new certificates."""
    found = {o["metadata"]["name"]: o["metadata"]["labels"] for o in listed("deployments", NAMESPACE)}
    there = found.get("metrics-api", {}).get("app.kubernetes.io/version")
    if there != version:
        send(linkerd("viz", "install"))
    kubectl("rollout", "status", "deployment", "--namespace", NAMESPACE, f"--timeout={timeout}s")
    linkerd("viz", "check", "--output", "short", "--wait", f"{timeout}s")
    return f"{NOTHING if there == version else 'installed'} ({version})"
