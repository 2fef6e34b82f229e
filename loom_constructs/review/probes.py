"""The kubelet's probes of a workload."""

from __future__ import annotations

from .ends import Object
from .manifests import Workload


def probe_paths(workload: Workload, port: int) -> list[str]:
    """The paths of all httpGet probes at a port, without their queries."""
    return [
        (probe["httpGet"].get("path") or "/").partition("?")[0]
        for _, container, probe in probes(workload)
        if "httpGet" in probe and probe_port(container, probe["httpGet"].get("port")) == port
    ]


def probes(workload: Workload) -> list[tuple[str, Object, Object]]:
    """Every probe: its kind, its container and itself."""
    return [
        (kind, container, container[kind])
        for container in [*(workload.spec.get("containers") or ()), *(workload.spec.get("initContainers") or ())]
        for kind in ("startupProbe", "livenessProbe", "readinessProbe")
        if container.get(kind)
    ]


def probe_port(container: Object, port: int | str | None) -> int | None:
    """The number of a probe's port; names are looked up in the container of the probe."""
    if not isinstance(port, str):
        return port
    return next((p["containerPort"] for p in container.get("ports") or () if p.get("name") == port), None)
