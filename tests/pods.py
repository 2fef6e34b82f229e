"""Reading rendered workloads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Object = dict[str, Any]


def pod_spec(workload: Object) -> Object:
    """The pod's specification in a Deployment, StatefulSet, Job or CronJob."""
    spec: Object = template(workload)["spec"]
    return spec


def template(workload: Object) -> Object:
    """The pod's template."""
    spec = workload["spec"]
    found: Object = spec["jobTemplate"]["spec"]["template"] if "jobTemplate" in spec else spec["template"]
    return found


def env_of(workload: Object, container: int = 0) -> dict[str, Any]:
    """Literal values, or what they come from, by name."""
    listed = pod_spec(workload)["containers"][container].get("env", [])
    return {v["name"]: v.get("value", v.get("valueFrom")) for v in listed}


def init_names(workload: Object) -> list[str]:
    """The init containers in their order."""
    return [c["name"] for c in pod_spec(workload).get("initContainers", [])]


def container(workload: Object, name: str) -> Object:
    """A container or init container."""
    [found] = [c for c in all_containers(workload) if c["name"] == name]
    return found


def all_containers(workload: Object) -> list[Object]:
    """Containers and init containers."""
    spec = pod_spec(workload)
    return [*spec.get("initContainers", []), *spec["containers"]]


def workloads(objects: Iterable[Object]) -> Iterator[Object]:
    """Everything with a pod template."""
    return (o for o in objects if {"template", "jobTemplate"} & set(o.get("spec", {})))
