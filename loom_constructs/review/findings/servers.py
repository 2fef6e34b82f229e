"""Servers of Linkerd that its webhook would refuse, or that do not do what they seem to."""

from __future__ import annotations

from collections.abc import Iterator

from .. import mesh
from ..ends import Object
from ..manifests import name_of, namespace_of
from ..review import Review
from ..selector import matches, words

PROTOCOLS = ("unknown", "HTTP/1", "HTTP/2", "gRPC", "opaque", "TLS")


def find(review: Review) -> Iterator[str]:
    """Wrong fields, nothing selected, and two Servers at one port."""
    if review.linkerd is None:
        return
    for server in review.linkerd.servers:
        yield from _fields(server)
        yield from _selects(review, server)
    for _, pod in review.world.workloads:
        for port in sorted({p.number for p in pod.ports if p.protocol == "TCP"}):
            found = review.linkerd.selecting(pod, port)
            if len(found) > 1:
                names = " and ".join(name_of(s) for s in found)
                yield f"{names} both select port {port} of {pod.name}, and only one counts; delete the others"


def _fields(server: Object) -> Iterator[str]:
    spec, name = server["spec"], name_of(server)
    if spec.get("port") is None:
        yield f"{name}: port must be given, got None"
    if (spec.get("podSelector") is None) == (spec.get("externalWorkloadSelector") is None):
        yield f"{name} must have exactly one of podSelector and externalWorkloadSelector"
    access, protocol = spec.get("accessPolicy", "deny"), spec.get("proxyProtocol", "unknown")
    if access not in mesh.POLICIES:
        yield f"{name}: accessPolicy must be one of {', '.join(mesh.POLICIES)}, got {access!r}"
    if protocol not in PROTOCOLS:
        yield f"{name}: proxyProtocol must be one of {', '.join(PROTOCOLS)}, got {protocol!r}"


def _selects(review: Review, server: Object) -> Iterator[str]:
    selector, port = server["spec"].get("podSelector"), server["spec"].get("port")
    if selector is None or port is None:
        return
    selected = [
        (workload, pod)
        for workload, pod in review.world.workloads
        if pod.namespace == namespace_of(server) and matches(selector, pod.labels)
    ]
    if not selected and selector:
        yield f"{name_of(server)}: podSelector {words(selector)} matches no pod of {namespace_of(server)}"
    meshed = [pod for _, pod in selected if pod.meshed]
    if selected and not meshed:
        yield f"{name_of(server)} selects only pods without a proxy; annotate them {mesh.INJECT}: enabled"
    if meshed and not any(
        pod.numbers(port, "TCP") if isinstance(port, str) else pod.serves(port, "TCP") for pod in meshed
    ):
        names = ", ".join(sorted({p.name for p in meshed})[:3])
        yield f"{name_of(server)} names port {port}, which no selected pod serves ({names})"
