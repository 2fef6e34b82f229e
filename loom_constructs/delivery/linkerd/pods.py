"""Which pods are in the mesh, and which should be."""

from __future__ import annotations

from typing import Any

from .send import listed

PROXY = "linkerd-proxy"
OURS = "app.kubernetes.io/part-of=loom"

Pod = dict[str, Any]


def alive(namespace: str) -> list[Pod]:
    """Our pods that run or are about to; not those that have ended, that are going, or that stay outside on purpose."""
    return [
        pod
        for pod in listed("pods", namespace, "--selector", OURS)
        if pod["status"].get("phase") in ("Running", "Pending")
        and not pod["metadata"].get("deletionTimestamp")
        and not pod["spec"].get("hostNetwork")
        and (pod["metadata"].get("annotations") or {}).get("linkerd.io/inject") != "disabled"
    ]


def meshed(pod: Pod) -> bool:
    """Whether a pod has Linkerd's proxy; as a native sidecar it is among the init containers."""
    spec = pod["spec"]
    return any(c["name"] == PROXY for c in spec["containers"] + (spec.get("initContainers") or []))


def ready(pod: Pod) -> bool:
    """Whether a pod says that it is ready."""
    conditions = pod["status"].get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def of_job(pod: Pod) -> bool:
    """Whether a pod ends by itself."""
    return any(owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences") or [])


def unmeshed(namespace: str) -> list[Pod]:
    """Our pods that should be in the mesh and are not."""
    return [pod for pod in alive(namespace) if not meshed(pod)]


def aged(namespace: str, version: str) -> list[Pod]:
    """Our pods whose proxy is not of a version: Linkerd was upgraded after they were made."""
    said = "linkerd.io/proxy-version"
    return [pod for pod in alive(namespace) if (pod["metadata"].get("annotations") or {}).get(said, version) != version]


def names(pods: list[Pod]) -> str:
    """For a line that is shown."""
    return ", ".join(sorted(pod["metadata"]["name"] for pod in pods))
