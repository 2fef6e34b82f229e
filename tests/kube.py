"""The cluster of KUBECONFIG, for proofs."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conftest import ROOT


def needed() -> None:
    """Skips where no cluster is named or kubectl is missing."""
    if not os.environ.get("KUBECONFIG"):
        pytest.skip("needs a cluster: KUBECONFIG is not set")
    if shutil.which("kubectl") is None:
        pytest.skip("needs kubectl on the PATH")


def kubectl(*arguments: str, stdin: str | None = None, fail: bool = True, timeout: float = 300) -> str:
    """Runs kubectl; returns its output."""
    done = subprocess.run(
        ["kubectl", *arguments], input=stdin, text=True, capture_output=True, check=False, timeout=timeout
    )
    if fail and done.returncode:
        raise AssertionError(f"kubectl {' '.join(arguments)}: {done.stderr or done.stdout}")
    return done.stdout


def get(kind: str, namespace: str, *arguments: str) -> list[dict[str, Any]]:
    """Objects of a namespace."""
    items: list[dict[str, Any]] = json.loads(kubectl("get", kind, "-n", namespace, "-o", "json", *arguments))["items"]
    return items


def secret(namespace: str, name: str, key: str) -> str:
    """The value of a Secret's entry."""
    data = json.loads(kubectl("get", "secret", name, "-n", namespace, "-o", "json"))["data"]
    return base64.b64decode(data[key]).decode()


def until(what: str, condition: Callable[[], Any], *, seconds: float = 300, pause: float = 1) -> Any:
    """Waits for a condition; the last answer or error is in the failure's message."""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            if last := condition():
                return last
        except (AssertionError, OSError, ValueError) as error:
            last = error
        time.sleep(pause)
    raise AssertionError(f"{what} not within {seconds:.0f} s: {last}")


def established(*names: str) -> None:
    """Waits until definitions are served; one that has no status yet is an error to `kubectl wait`."""
    command = ["wait", "--for=condition=Established", *(f"crd/{name}" for name in names), "--timeout=60s"]
    until(f"definitions {', '.join(names)}", lambda: kubectl(*command), seconds=60)


def priorities(environment: str) -> None:
    """The PriorityClasses that pods of an environment name; without them none is accepted.

    They stay: proofs that run side by side share them, and a class that nobody names does nothing.
    """
    for file in (ROOT / "dist" / environment).glob("priorities.k8s.yaml"):
        kubectl("apply", "--server-side", "--force-conflicts", "-f", str(file))


def lacking(namespace: str, *arguments: str) -> list[str]:
    """What is not ready or complete yet."""
    left = []
    for item in get("deployments,statefulsets,jobs", namespace, *arguments):
        name, spec, status = f"{item['kind']}/{item['metadata']['name']}", item["spec"], item.get("status", {})
        if item["kind"] == "Job":
            failed = [c for c in status.get("conditions", []) if c["type"] == "Failed" and c["status"] == "True"]
            assert not failed, f"{name}: {failed}"
            if not status.get("succeeded"):
                left.append(name)
        elif status.get("observedGeneration") != item["metadata"]["generation"] or not (
            status.get("readyReplicas", 0)
            == status.get("updatedReplicas", 0)
            == status.get("replicas", 0)
            == spec.get("replicas", 1)
        ):
            left.append(name)
    return left


def wait_ready(namespace: str, *, seconds: float = 300) -> float:
    """Waits until everything is ready; returns how long that took."""
    began = time.monotonic()
    until(f"readiness of {namespace}", lambda: not (left := lacking(namespace)) or _raise(left), seconds=seconds)
    return time.monotonic() - began


def _raise(left: list[str]) -> None:
    raise AssertionError(", ".join(left))


@contextmanager
def forwarded(namespace: str, target: str, port: int) -> Iterator[int]:
    """A local port that leads to one of the cluster."""
    command = ["kubectl", "port-forward", "-n", namespace, target, f":{port}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", line)
        assert found, f"{' '.join(command)}: {line}"
        yield int(found[1])
    finally:
        process.terminate()
        process.communicate()


def jetstream(port: int, user: str, password: str, call: str, body: dict[str, Any]) -> dict[str, Any]:
    """One request to JetStream's API, in NATS' own protocol."""
    payload = json.dumps(body).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection, connection.makefile("rwb") as stream:
        assert stream.readline().startswith(b"INFO")
        login = json.dumps({"verbose": False, "user": user, "pass": password}).encode()
        stream.write(b"CONNECT " + login + b"\r\nSUB _INBOX.proof 1\r\n")
        stream.write(f"PUB $JS.API.{call} _INBOX.proof {len(payload)}\r\n".encode() + payload + b"\r\n")
        stream.flush()
        while True:
            line = stream.readline()
            assert line and not line.startswith(b"-ERR"), line
            if line.startswith(b"MSG"):
                answer: dict[str, Any] = json.loads(stream.read(int(line.split()[-1])))
                return answer
