"""What stands on pods and Services so that Linkerd knows what to do with them. Without Linkerd it does nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import jsii
from constructs import Construct, IConstruct, IValidation

from ..kubernetes import Manifest, Workload
from ..traffic import Call, Peer, Wire
from .mesh import Mesh

INJECT = "linkerd.io/inject"
_CONFIG = "config.linkerd.io"


def inject(scope: Construct, namespace: str, calls: Iterable[Call], mesh: Mesh) -> None:
    """Marks the pods of all workloads in a namespace for injection, and the ports whose protocol no proxy knows."""
    calls = list(calls)
    opaque = _opaque_ports(calls, namespace)
    unmeshed = {_pods(p) for c in calls for p in (c.client, c.to.server) if p.workload is not None and not p.meshed}
    services = _services(scope.node.root)
    for workload in _workloads(scope.node.root, namespace):
        key = tuple(sorted(workload.labels.selector.items()))
        annotations = workload.manifest.body["spec"]["template"]["metadata"]["annotations"]
        if key in unmeshed:
            annotations.setdefault(INJECT, "disabled")
            continue
        ports = opaque.get(key, [])
        for name, value in {**_annotations(mesh), **_opaque(ports)}.items():
            annotations.setdefault(name, value)
        for service in services.get(key, []):
            for name, value in _opaque(ports).items():
                service.metadata.add_annotation(name, value)
    for peer in {_pods(p): p for c in calls for p in (c.client, c.to.server)}.values():
        if peer.workload is not None and not isinstance(peer.workload, Workload) and peer.namespace == namespace:
            given = {**_annotations(mesh), **_opaque(opaque.get(_pods(peer), []))}
            for name, value in given.items() if peer.meshed else [(INJECT, "disabled")]:
                peer.workload.annotate(name, value)
    scope.node.add_validation(_EveryWorkload(scope, namespace))


def _annotations(mesh: Mesh) -> Mapping[str, str]:
    return {
        INJECT: "enabled",
        # what has no Server is closed; only probes pass
        f"{_CONFIG}/default-inbound-policy": "deny",
        # Jobs end by themselves, and init containers have the mesh: waits ask through it
        f"{_CONFIG}/proxy-enable-native-sidecar": "true",
        f"{_CONFIG}/proxy-cpu-request": mesh.proxy.cpu.amount,
        f"{_CONFIG}/proxy-cpu-limit": mesh.proxy.cpu_limit.amount,
        f"{_CONFIG}/proxy-memory-request": f"{mesh.proxy.memory}Mi",
        f"{_CONFIG}/proxy-memory-limit": f"{mesh.proxy.memory_limit}Mi",
    }


def _opaque(ports: Iterable[int]) -> Mapping[str, str]:
    """The annotation replaces Linkerd's list of well-known ports, so it names all of them."""
    text = ",".join(map(str, ports))
    return {f"{_CONFIG}/opaque-ports": text} if text else {}


def _opaque_ports(calls: Iterable[Call], namespace: str) -> Mapping[tuple[tuple[str, str], ...], list[int]]:
    found: dict[tuple[tuple[str, str], ...], set[int]] = {}
    for call in calls:
        if call.to.wire is Wire.OPAQUE and call.to.server.namespace == namespace:
            found.setdefault(_pods(call.to.server), set()).update({call.to.port, call.to.pod_port})
    return {key: sorted(ports) for key, ports in found.items()}


def _pods(peer: Peer) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(peer.labels.items()))


def _workloads(root: IConstruct, namespace: str) -> list[Workload]:
    return [n for n in root.node.find_all() if isinstance(n, Workload) and n.namespace == namespace]


def _services(root: IConstruct) -> Mapping[tuple[tuple[str, str], ...], list[Manifest]]:
    found: dict[tuple[tuple[str, str], ...], list[Manifest]] = {}
    for node in root.node.find_all():
        if isinstance(node, Manifest) and node.body.get("kind") == "Service":
            found.setdefault(tuple(sorted(node.body["spec"]["selector"].items())), []).append(node)
    return found


@jsii.implements(IValidation)
class _EveryWorkload:
    def __init__(self, scope: Construct, namespace: str) -> None:
        self._scope = scope
        self._namespace = namespace

    def validate(self) -> list[str]:
        late = [
            w
            for w in _workloads(self._scope.node.root, self._namespace)
            if INJECT not in cast(dict[str, str], w.manifest.body["spec"]["template"]["metadata"]["annotations"])
        ]
        return [
            f"{w.node.path} was made after {self._scope.node.path} and would run outside the mesh; make it before"
            for w in late
        ]
