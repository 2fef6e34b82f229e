"""Ports on which Linkerd does not look for a protocol; a Service and the pods behind it must agree on them.

A client in the mesh reads the Service, one outside of it meets what the pod says. Where they differ, a protocol in
which the server speaks first waits ten seconds for a client that says nothing.
"""

from __future__ import annotations

from typing import Any

from .pods import Pod, alive
from .send import Object, listed

ANNOTATION = "config.linkerd.io/opaque-ports"
BY_DEFAULT = "25,587,3306,4444,5432,6379,9300,11211"


def differences(namespace: str) -> list[str]:
    """A line for each port of which a Service says something else than the pods behind it."""
    pods = alive(namespace)
    problems = []
    for service in listed("services", namespace):
        selector = service["spec"].get("selector")
        behind = [p for p in pods if selector and selector.items() <= p["metadata"]["labels"].items()]
        if behind:
            problems += _of_service(service, behind[0])
    return problems


def _of_service(service: Object, pod: Pod) -> list[str]:
    by_service, by_pod = _opaque(service), _opaque(pod)
    problems = []
    for port in service["spec"].get("ports") or []:
        target = _target(port, pod)
        if target is not None and (port["port"] in by_service) != (target in by_pod):
            says, wants = _words(port["port"] in by_service), _words(target in by_pod)
            name = service["metadata"]["name"]
            problems.append(f"Service {name}: {ANNOTATION} must say of port {port['port']}: {wants}, got {says}")
    return problems


def _words(opaque: bool) -> str:
    return "opaque" if opaque else "not opaque"


def _opaque(thing: dict[str, Any]) -> set[int]:
    annotations = thing["metadata"].get("annotations") or {}
    ports: set[int] = set()
    for part in annotations.get(ANNOTATION, BY_DEFAULT).split(","):
        first, _, last = part.strip().partition("-")
        if first.isdecimal():
            ports |= set(range(int(first), int(last or first) + 1))
    return ports


def _target(port: dict[str, Any], pod: Pod) -> int | None:
    """The number of the container's port behind a port of a Service."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    declared = [p for container in pod["spec"]["containers"] for p in container.get("ports") or []]
    return next((int(p["containerPort"]) for p in declared if p.get("name") == target), None)
