"""The random pods on a real cluster, and which of them can connect to which."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from tests import kube

from .world import NUMBERS, Pod, World

IMAGE = "busybox:1.37.0"
# each pod serves its name on every port, declared or not: rules may name numbers that nobody declares
SERVE = r"""mkdir /tmp/www && hostname >/tmp/www/index.html && printf 'GET / HTTP/1.0\r\n\r\n' >/tmp/get
for port in {ports}; do httpd -p $port -h /tmp/www; done
exec sleep 3600"""
# all at once; a packet that a policy drops is never answered, so those attempts wait for the limit
ASK = r"""for to in "$@"; do { page=$(nc -w 1 ${to%:*} ${to#*:} </tmp/get) && echo "$to ${page##*
}"; } & done; wait"""

Connections = set[tuple[str, str, int]]
"""Who reached whom on which port, pods by their names."""


def start(world: World) -> World:
    """Makes the namespaces and pods; returns the world with the addresses that the cluster gave them."""
    kube.kubectl("create", "-f", "-", stdin=listed(_namespace(name, world) for name in world.namespaces))
    # the namespaces' service accounts may not be there yet
    pods = listed(_pod(pod) for pod in world.pods)
    kube.until("pods", lambda: kube.kubectl("apply", "-f", "-", stdin=pods), seconds=30)
    for namespace in {pod.namespace for pod in world.pods}:
        kube.kubectl("wait", "pods", "--all", "-n", namespace, "--for=condition=Ready", "--timeout=90s")
    there = {p["metadata"]["name"]: p["status"]["podIP"] for n in world.namespaces for p in kube.get("pods", n)}
    return replace(world, pods=tuple(replace(pod, ip=there[pod.name]) for pod in world.pods))


def connections(world: World) -> Connections:
    """Tries every pod's every port from every pod."""
    names = {pod.ip: pod.name for pod in world.pods}
    targets = [f"{ip}:{port}" for ip in names for port in NUMBERS]

    def out_of(pod: Pod) -> Connections:
        answers = kube.kubectl("exec", "-n", pod.namespace, pod.name, "--", "sh", "-c", ASK, "sh", *targets)
        found = set()
        for line in answers.splitlines():
            address, who = line.split()
            ip, port = address.split(":")
            assert who == names[ip], f"{address} must be {names[ip]}, got {who}"
            found.add((pod.name, who, int(port)))
        return found

    with ThreadPoolExecutor(len(world.pods)) as pool:
        return set().union(*pool.map(out_of, world.pods))


def listed(items: Iterable[dict[str, Any]]) -> str:
    """Objects as kubectl takes them."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items)})


def _namespace(name: str, world: World) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": world.namespaces[name]}}


def _pod(pod: Pod) -> dict[str, Any]:
    container = {
        "name": "web",
        "image": IMAGE,
        "command": ["sh", "-c", SERVE.format(ports=" ".join(map(str, NUMBERS)))],
        "ports": [
            {"containerPort": port.number, "protocol": port.protocol, **({"name": port.name} if port.name else {})}
            for port in pod.ports
        ],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": pod.name, "namespace": pod.namespace, "labels": pod.labels},
        "spec": {"containers": [container], "automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0},
    }
