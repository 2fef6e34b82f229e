"""Objects by group and kind, and the pods that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import mesh
from .ends import Object, Port
from .operated import MADE

TEMPLATES = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""Where each kind keeps its pod's metadata and spec."""


def group_of(item: Object) -> str:
    """The API group; empty for the core."""
    group, slash, _ = str(item["apiVersion"]).rpartition("/")
    return group if slash else ""


def version_of(item: Object) -> str:
    """The version within the group."""
    return str(item["apiVersion"]).rpartition("/")[2]


def namespace_of(item: Object) -> str:
    """Where it lies; `default` if it does not say."""
    return item["metadata"].get("namespace") or "default"


def name_of(item: Object) -> str:
    """`Kind namespace/name`."""
    return f"{item['kind']} {namespace_of(item)}/{item['metadata'].get('name')}"


@dataclass(frozen=True, eq=False)
class Workload:
    """What makes pods, and how each of them looks."""

    kind: str
    name: str
    namespace: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    spec: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"

    @property
    def running(self) -> list[Object]:
        """Containers that live as long as the pod; native sidecars are among the init containers."""
        sidecars = [c for c in self.spec.get("initContainers") or () if c.get("restartPolicy") == "Always"]
        return [*(self.spec.get("containers") or ()), *sidecars]

    @property
    def ports(self) -> tuple[Port, ...]:
        """What its containers listen on."""
        return tuple(
            Port(p["containerPort"], p.get("protocol") or "TCP", p.get("name") or "")
            for c in self.running
            for p in c.get("ports") or ()
        )

    @property
    def service_account(self) -> str:
        """What it runs as."""
        return self.spec.get("serviceAccountName") or "default"

    @property
    def host_network(self) -> bool:
        """Whether it uses its node's network."""
        return bool(self.spec.get("hostNetwork"))


class Manifests:
    """All objects of one review."""

    def __init__(self, objects: Iterable[Object]) -> None:
        self.objects = tuple(objects)

    @cached_property
    def _by_kind(self) -> dict[tuple[str, str], list[Object]]:
        found: dict[tuple[str, str], list[Object]] = {}
        for item in self.objects:
            key = (group_of(item), item["kind"])
            if version_of(item) in mesh.SERVED.get(key, (version_of(item),)):
                found.setdefault(key, []).append(item)
        return found

    def of(self, group: str, kind: str) -> list[Object]:
        """The objects of a kind, at versions that are served."""
        return self._by_kind.get((group, kind), [])

    @cached_property
    def workloads(self) -> list[Workload]:
        """Everything that makes pods."""
        return list(self._workloads())

    def _workloads(self) -> Iterator[Workload]:
        for item in self.objects:
            template: Any = item
            if made := MADE.get((group_of(item), item["kind"])):
                template = made.template(item)
            elif item["kind"] not in TEMPLATES or group_of(item) not in ("", "apps", "batch"):
                continue
            else:
                for step in TEMPLATES[item["kind"]]:
                    template = template.get(step) or {}
            metadata = template.get("metadata") or {}
            yield Workload(
                kind=item["kind"],
                name=str(item["metadata"].get("name") or item["metadata"].get("generateName")),
                namespace=namespace_of(item),
                labels=metadata.get("labels") or {},
                annotations=metadata.get("annotations") or {},
                spec=template.get("spec") or {},
            )

    @cached_property
    def policies(self) -> list[Object]:
        """NetworkPolicies."""
        return self.of("networking.k8s.io", "NetworkPolicy")

    @cached_property
    def namespaces(self) -> dict[str, Mapping[str, str]]:
        """Labels of all namespaces that objects are in or declare."""
        found: dict[str, Mapping[str, str]] = {w.namespace: {} for w in self.workloads}
        found |= {namespace_of(p): {} for p in self.policies}
        found |= {n["metadata"]["name"]: n["metadata"].get("labels") or {} for n in self.of("", "Namespace")}
        return found

    def namespace_annotations(self, namespace: str) -> Mapping[str, str]:
        """What a namespace's pods inherit."""
        for item in self.of("", "Namespace"):
            if item["metadata"]["name"] == namespace:
                return item["metadata"].get("annotations") or {}
        return {}

    def annotation(self, workload: Workload, name: str) -> str | None:
        """What the pod says, or else its namespace."""
        return workload.annotations.get(name, self.namespace_annotations(workload.namespace).get(name))

    @cached_property
    def mentions_linkerd(self) -> bool:
        """Whether there is any policy of Linkerd's."""
        return any(group_of(item) == "policy.linkerd.io" for item in self.objects)

    def meshed(self, workload: Workload) -> bool:
        """Whether a workload's pods get Linkerd's proxy, where Linkerd runs."""
        there = self.namespace_annotations(workload.namespace)
        return mesh.injected(workload.annotations, there, workload.host_network)
