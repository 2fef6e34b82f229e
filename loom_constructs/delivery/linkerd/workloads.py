"""Restarts what has pods outside of the mesh; new pods come up inside, because they carry Linkerd's annotation.

While Servers are in audit and the temporary policy is there, nothing is refused, so the order decides only what a
failure costs. Deployments that start a new pod before they stop an old one go first: if injection does not work on
this cluster, the first of them shows it, at no cost. Then Deployments that stop first; and last the StatefulSets, the
database and the bus: their one pod is away until the next one is up, and by then it is known that pods do come up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..kubectl import DeliveryError, kubectl
from .pods import OURS, Pod, names, unmeshed
from .send import listed

Workload = dict[str, Any]


def restart(namespace: str, *, timeout: int, say: Callable[[str], None]) -> list[str]:
    """Restarts workloads one after the other; each is in the mesh, and up, before the next one.

    Returns:
        The names of those that were restarted.
    """
    restarted = []
    for workload in sorted(listed("deployments,statefulsets", namespace, "--selector", OURS), key=_order):
        name = f"{workload['kind'].lower()}/{workload['metadata']['name']}"
        if not _outside(workload, namespace):
            continue
        # it may be rolling out already: by another hand, by what was just applied, or by an attempt that was cut short
        _wait(name, namespace, timeout)
        if _outside(workload, namespace):
            kubectl("rollout", "restart", name, "--namespace", namespace)
            _wait(name, namespace, timeout)
        if left := _outside(workload, namespace):
            raise DeliveryError(
                f"{name} must have pods with the container linkerd-proxy after a restart, got {names(left)} without; "
                "is linkerd.io/inject: enabled on its pods, and does `linkerd check` pass?"
            )
        say(f"  {name}: in the mesh")
        restarted.append(name)
    return restarted


def _order(workload: Workload) -> tuple[int, str]:
    spec, name = workload["spec"], workload["metadata"]["name"]
    if workload["kind"] == "StatefulSet":
        return 2, name
    return int(spec.get("strategy", {}).get("type") == "Recreate"), name


def _outside(workload: Workload, namespace: str) -> list[Pod]:
    """The pods of a workload that are not in the mesh."""
    wanted = workload["spec"]["selector"]["matchLabels"].items()
    return [pod for pod in unmeshed(namespace) if wanted <= pod["metadata"]["labels"].items()]


def _wait(name: str, namespace: str, timeout: int) -> None:
    kubectl("rollout", "status", name, "--namespace", namespace, f"--timeout={timeout}s")
