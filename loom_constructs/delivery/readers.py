"""Who reads a Secret: programs that follow its files, and programs that got it as variables and keep it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .kubectl import DeliveryError, kubectl

ROTATION = "loom-constructs/rotation"
"""The annotation that says which change of a Secret something has seen."""

_APPLIED = {"logins": "/tmp/logins-applied", "pgbouncer": "/run/pgbouncer/applied"}
"""Containers that follow a Secret, and where they write what its files were when they took them over."""

_ASK = """\
[ "$(sha256sum "$0"/*)" = "$(cat "$1")" ] || exit 0
for file in "$0"/*username; do echo "${file##*/}=$(cat "$file")"; done"""


@dataclass(frozen=True)
class Reader:
    """A container that follows a Secret.

    Args:
        names: The files with a username, and those with the one before it.
    """

    namespace: str
    pod: str
    container: str
    folder: str
    names: tuple[str, ...]
    previous: tuple[str, ...]


def who_follows(secret: str, namespace: str) -> list[Reader]:
    """The containers that take a Secret over while they run."""
    return [reader for pod in _running(namespace) for reader in _readers(pod, secret)]


def taken_over(reader: Reader, name: str, previous: str | None) -> bool:
    """Whether a container works with these logins: not only its files are new."""
    try:
        said = kubectl(
            "exec", "--namespace", reader.namespace, reader.pod, "--container", reader.container,
            "--", "sh", "-c", _ASK, reader.folder, _APPLIED[reader.container],
        )  # fmt: skip
    except DeliveryError:
        # it is just being replaced, or not up yet
        return False
    found = dict(line.partition("=")[::2] for line in said.splitlines())
    now, before = {found.get(n) for n in reader.names}, {found.get(n) for n in reader.previous}
    return now == {name} and before == {previous}


def roll(secret: str, namespace: str, rotation: str, timeout: float) -> Iterator[str]:
    """Replaces the pods of all workloads that have the Secret in variables, once for each rotation.

    Yields:
        The name of each workload whose pods are replaced and ready.
    """
    found = [w for w in _items("deployments,statefulsets,daemonsets", namespace) if _has(w["spec"]["template"], secret)]
    names = [f"{w['kind'].lower()}/{w['metadata']['name']}" for w in found]
    for workload, name in zip(found, names, strict=True):
        marks = workload["spec"]["template"]["metadata"].get("annotations") or {}
        if marks.get(ROTATION) != rotation:
            patch = {"spec": {"template": {"metadata": {"annotations": {ROTATION: rotation}}}}}
            kubectl("patch", name, "--namespace", namespace, "--type", "merge", "--patch", json.dumps(patch))
    for name in names:
        kubectl("rollout", "status", name, "--namespace", namespace, f"--timeout={timeout:.0f}s")
        yield name


def jobs_of_before(secret: str, namespace: str, since: str) -> list[str]:
    """Pods that got the Secret in variables before then, and still run: those of Jobs, and those that end."""
    return [
        pod["metadata"]["name"]
        for pod in _items("pods", namespace)
        if pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
        and pod["metadata"]["creationTimestamp"] <= since
        and _has(pod, secret)
    ]


def _has(pod: Mapping[str, Any], secret: str) -> bool:
    """Whether one of the containers that run all the time has a variable of the Secret."""
    containers = pod["spec"]["containers"]
    refs = [v.get("valueFrom", {}).get("secretKeyRef", {}) for c in containers for v in c.get("env", [])]
    whole = [e.get("secretRef", {}) for c in containers for e in c.get("envFrom", [])]
    return any(ref.get("name") == secret for ref in [*refs, *whole])


def _readers(pod: Mapping[str, Any], secret: str) -> Iterator[Reader]:
    volumes = {v["name"]: v["projected"]["sources"] for v in pod["spec"].get("volumes", []) if "projected" in v}
    for container in pod["spec"]["containers"]:
        for mount in container.get("volumeMounts", []):
            sources = [s.get("secret", {}) for s in volumes.get(mount["name"], [])]
            files = [(i["key"], i["path"]) for s in sources if s.get("name") == secret for i in s.get("items", [])]
            names = tuple(path for key, path in files if key == "username")
            if names and container["name"] in _APPLIED:
                yield Reader(
                    namespace=pod["metadata"]["namespace"],
                    pod=pod["metadata"]["name"],
                    container=container["name"],
                    folder=mount["mountPath"],
                    names=names,
                    previous=tuple(path for key, path in files if key == "previous-username"),
                )


def _running(namespace: str) -> list[dict[str, Any]]:
    pods = _items("pods", namespace)
    return [p for p in pods if p["status"].get("phase") == "Running" and "deletionTimestamp" not in p["metadata"]]


def _items(kinds: str, namespace: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(kubectl("get", kinds, "--namespace", namespace, "-o", "json"))["items"]
    return items
