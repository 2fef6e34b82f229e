"""Ports that clients in the mesh take for something else than the server's proxy does."""

from __future__ import annotations

from collections.abc import Iterator

from .. import mesh
from ..ends import Object, Pod
from ..manifests import Workload, name_of, namespace_of
from ..review import Review

UNDERSTOOD = {"http": False, "kubernetes.io/h2c": False, "linkerd.io/opaque": True, "linkerd.io/tcp": True}
"""Whether each appProtocol makes a port opaque; every other one does."""


def find(review: Review) -> Iterator[str]:
    """Services whose opaque ports are not those of their pods."""
    if review.linkerd is None:
        return
    for service in review.manifests.of("", "Service"):
        selector = (service.get("spec") or {}).get("selector")
        for workload, pod in review.world.workloads:
            if (
                selector
                and pod.meshed
                and pod.namespace == namespace_of(service)
                and selector.items() <= pod.labels.items()
            ):
                yield from _service(review, service, workload, pod)


def _service(review: Review, service: Object, workload: Workload, pod: Pod) -> Iterator[str]:
    assert review.linkerd is not None
    headless = service["spec"].get("clusterIP") == "None"
    listed = (service["metadata"].get("annotations") or {}).get(mesh.OPAQUE)
    if listed is None:
        listed = review.manifests.namespace_annotations(namespace_of(service)).get(mesh.OPAQUE)
    ranges = mesh.port_list(mesh.OPAQUE, mesh.OPAQUE_WITHOUT_ANNOTATION if listed is None else listed)
    for port in service["spec"].get("ports") or ():
        if (port.get("protocol") or "TCP") != "TCP":
            continue
        spoken = port.get("appProtocol")
        if spoken is not None and str(spoken).lower() not in UNDERSTOOD:
            yield (
                f"{name_of(service)}: appProtocol {spoken} of port {port['port']} makes Linkerd pass bytes on without "
                "looking; say http, kubernetes.io/h2c or linkerd.io/opaque, or leave it out"
            )
        if headless:
            continue  # its clients read the pods' annotation
        target = port.get("targetPort") or port["port"]
        numbers = pod.numbers(target, "TCP") if isinstance(target, str) else {target}
        here = UNDERSTOOD.get(str(spoken).lower(), True) if spoken else any(port["port"] in r for r in ranges)
        for number in sorted(numbers):
            there = _at_the_pod(review, pod, number)
            if here != there:
                opaque, plain = (name_of(service), str(workload)) if here else (str(workload), name_of(service))
                yield (
                    f"port {number} is opaque for {opaque} and not for {plain}; say the same {mesh.OPAQUE} on the "
                    "Service and on its pods"
                )


def _at_the_pod(review: Review, pod: Pod, port: int) -> bool:
    assert review.linkerd is not None
    servers = review.linkerd.selecting(pod, port)
    declared = servers[0]["spec"].get("proxyProtocol", "unknown") if servers else "unknown"
    return bool(declared == "opaque" if declared != "unknown" else review.linkerd.opaque(pod, port))
