"""What stands on pods and Services so that Linkerd knows what to do with them. Without Linkerd it does nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

import jsii
from cdk8s import ApiObject
from constructs import Construct, IConstruct, IValidation

from ..kubernetes import Workload
from ..kubernetes.checks import refuse
from ..kubernetes.manifest import kind_of
from ..traffic import Call, Wire
from ..traffic.foreign import INJECT, PlusWorkload
from .mesh import Mesh
from .rules import Pods, pods

_CONFIG = "config.linkerd.io"
_FIXED = (INJECT, f"{_CONFIG}/default-inbound-policy", f"{_CONFIG}/opaque-ports")


def inject(scope: Construct, namespace: str, calls: Sequence[Call], mesh: Mesh) -> None:
    """Marks the pods of all workloads in a namespace for injection, and the ports whose protocol no proxy knows.

    Raises:
        ValueError: Calls do not agree whether a workload is meshed, or its pods say something else than calls need.
    """
    peers = [p for c in calls for p in (c.client, c.to.server) if p.namespace == namespace]
    opaque = _opaque_ports(calls, namespace)
    meshed: dict[Pods, bool] = {}
    for peer in peers:
        if peer.workload is not None and meshed.setdefault(pods(peer.labels), peer.meshed) != peer.meshed:
            raise refuse(f"meshed of {peer.pods}", "the same in all its calls", peer.meshed)
    for workload in _workloads(scope.node.root, namespace):
        key = pods(_selector(workload))
        given = _wanted(mesh, opaque.get(key, []), meshed.get(key, _says_yes(workload)))
        for name, value in given.items():
            _mark(workload, name, value)
    for service, selector in _services(scope.node.root, namespace):
        ports = sorted({n for key, numbers in opaque.items() if selector <= set(key) for n in numbers})
        for name, value in _opaque(ports).items():
            service.metadata.add_annotation(name, value)
    scope.node.add_validation(_EveryWorkload(scope, namespace))


def _wanted(mesh: Mesh, opaque: Iterable[int], meshed: bool) -> Mapping[str, str]:
    return {**_annotations(mesh), **_opaque(opaque)} if meshed else {INJECT: "disabled"}


def _says_yes(workload: Workload | PlusWorkload) -> bool:
    """Whether a workload without calls is to be injected: unless its pods say no."""
    return _annotation(workload, INJECT) != "disabled"


def _annotation(workload: Workload | PlusWorkload, name: str) -> str | None:
    if isinstance(workload, PlusWorkload):
        return workload.annotation(name)
    value: str | None = workload.template["metadata"]["annotations"].get(name)
    return value


def _mark(workload: Workload | PlusWorkload, name: str, value: str) -> None:
    """What a user chose stays, unless calls would fail with it, or anybody would be let in."""
    chosen = _annotation(workload, name)
    if chosen is None:
        if isinstance(workload, PlusWorkload):
            workload.annotate(name, value)
        else:
            workload.template["metadata"]["annotations"][name] = value
    elif chosen != value and name in _FIXED:
        where = workload.construct.node.path if isinstance(workload, PlusWorkload) else workload.node.path
        raise refuse(f"annotation {name} of {where}", f"{value}, as its calls need it", chosen)


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


def _opaque_ports(calls: Iterable[Call], namespace: str) -> Mapping[Pods, list[int]]:
    found: dict[Pods, set[int]] = {}
    for call in calls:
        if call.to.wire is Wire.OPAQUE and call.to.server.namespace == namespace:
            found.setdefault(pods(call.to.server.labels), set()).update({call.to.port, call.to.pod_port})
    return {key: sorted(ports) for key, ports in found.items()}


def _selector(workload: Workload | PlusWorkload) -> Mapping[str, str]:
    return workload.selector if isinstance(workload, PlusWorkload) else workload.labels.selector


def _workloads(root: IConstruct, namespace: str) -> list[Workload | PlusWorkload]:
    """Ours, and those of cdk8s-plus."""
    plus = sys.modules.get("cdk8s_plus_27")  # who has a workload of it has imported it
    found: list[Workload | PlusWorkload] = []
    for node in root.node.find_all():
        if isinstance(node, Workload):
            found.append(node)
        elif plus is not None and isinstance(node, plus.Workload):
            found.append(PlusWorkload(node))
    return [w for w in found if w.namespace == namespace]


def _services(root: IConstruct, namespace: str) -> Iterator[tuple[ApiObject, set[tuple[str, str]]]]:
    """Each Service of a namespace, whoever made it, with what it selects."""
    for node in root.node.find_all():
        if not isinstance(node, ApiObject):
            continue
        if kind_of(node) == "Service" and (node.metadata.namespace or "default") == namespace:
            selector = (node.to_json().get("spec") or {}).get("selector")
            if selector:
                yield node, set(selector.items())


@jsii.implements(IValidation)
class _EveryWorkload:
    def __init__(self, scope: Construct, namespace: str) -> None:
        self._scope = scope
        self._namespace = namespace

    def validate(self) -> list[str]:
        late = [w for w in _workloads(self._scope.node.root, self._namespace) if _annotation(w, INJECT) is None]
        paths = [w.construct.node.path if isinstance(w, PlusWorkload) else w.node.path for w in late]
        return [
            f"{p} was made after {self._scope.node.path} and would run outside the mesh; make it before" for p in paths
        ]
