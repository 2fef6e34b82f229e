"""Effect: rights that an author asked for are found, not taken away."""

from __future__ import annotations

from collections.abc import Iterator

from ...kubernetes.manifest import Body
from .finding import Allow, Finding
from .pods import Pods
from .world import World

_HARMLESS = {"NET_BIND_SERVICE", "CAP_NET_BIND_SERVICE"}
"""What a program needs for a port below 1024; the standard `restricted` allows it."""


def privileges(pods: Pods, world: World) -> Iterator[Finding]:
    """What the Pod Security standard `restricted` refuses, and a root file system that is written to."""
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pods.pod.get(field):
            yield Finding(Allow.HOST, f"{field} is true", "leave it out")
    for volume in pods.pod.get("volumes") or []:
        if "hostPath" in volume:
            yield Finding(Allow.HOST, f"volume {volume['name']} is a folder of the node", "use a claim or an emptyDir")
    yield from _of("the pod", pods.pod.get("securityContext") or {})
    for container in pods.all_containers:
        where = f"container {container['name']}"
        yield from _of(where, container.get("securityContext") or {})
        for port in container.get("ports") or []:
            if port.get("hostPort"):
                yield Finding(Allow.HOST, f"{where} takes port {port['hostPort']} of the node", "use a Service")


def _of(where: str, context: Body) -> Iterator[Finding]:
    if context.get("runAsUser") == 0 or context.get("runAsNonRoot") is False:
        yield Finding(Allow.ROOT, f"{where} runs as root", "name another user (runAsUser), in the image too")
    for field in ("privileged", "allowPrivilegeEscalation"):
        if context.get(field) is True:
            yield Finding(Allow.PRIVILEGED, f"{where} has {field}", "leave it out")
    if context.get("readOnlyRootFilesystem") is False:
        remedy = "name the paths that it writes to in writable="
        yield Finding(Allow.WRITABLE_ROOT, f"{where} writes to its root file system", remedy)
    if more := sorted(set((context.get("capabilities") or {}).get("add") or []) - _HARMLESS):
        yield Finding(Allow.CAPABILITIES, f"{where} adds {', '.join(more)}", "leave them out")
    if (context.get("seccompProfile") or {}).get("type") == "Unconfined":
        yield Finding(Allow.SECCOMP, f"{where} has no seccomp profile", "use RuntimeDefault")
