"""What is done to pods: deleted, rolled, killed, robbed of their volume. Each returns once all is whole again."""

from __future__ import annotations

import json
import os
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests import kube

NATS = "nats"
MONITORING = 8222

_NAME = "app.kubernetes.io/name"


def needed() -> None:
    """Skips where this is not the cluster's node: the writer connects to Services, and processes are killed here."""
    kube.needed()
    api = kube.kubectl("get", "service", "kubernetes", "-n", "default", "-o", "jsonpath={.spec.clusterIP}")
    try:
        socket.create_connection((api, 443), timeout=5).close()
    except OSError as error:
        pytest.skip(f"needs to run on a node of the cluster: Service kubernetes ({api}) cannot be reached: {error}")
    if os.geteuid() != 0:
        pytest.skip("needs root on the cluster's node, to kill processes there")


def pods(namespace: str, program: str) -> list[dict[str, Any]]:
    """The pods of one program, by name."""
    return kube.get("pods", namespace, *_of(program))


def names(namespace: str, program: str) -> list[str]:
    """Their names."""
    return [p["metadata"]["name"] for p in pods(namespace, program)]


def whole(namespace: str, program: str, *, seconds: float = 240) -> None:
    """Waits until every pod of a program is ready, none is on its way out, and each NATS server has caught up."""

    def condition() -> bool:
        left = kube.lacking(namespace, *_of(program))
        every = pods(namespace, program)
        left += [p["metadata"]["name"] + " is going" for p in every if "deletionTimestamp" in p["metadata"]]
        left += [p["metadata"]["name"] + " is not ready" for p in every if not _ready(p)]
        if program == NATS:
            left += [f"{p['metadata']['name']}: {said}" for p in every if (said := health(p)) != "ok"]
        assert every and not left, ", ".join(left)
        return True

    kube.until(f"wholeness of {program}", condition, seconds=seconds)


def health(pod: dict[str, Any]) -> str:
    """`ok` if the NATS server says that it and its streams are up to date; otherwise what it says."""
    address = pod["status"].get("podIP")
    if not address:
        return "no address"
    try:
        with urllib.request.urlopen(f"http://{address}:{MONITORING}/healthz", timeout=2) as answer:
            return str(json.load(answer)["status"])
    except urllib.error.HTTPError as error:
        return str(json.load(error).get("error", error))
    except OSError as error:
        return str(error)


def delete(namespace: str, pod: str) -> None:
    """Deletes a pod, as a drain does."""
    program = _program(namespace, pod)
    kube.kubectl("delete", "pod", pod, "-n", namespace)
    whole(namespace, program)


def roll(namespace: str, workload: str, program: str) -> None:
    """Replaces all pods of a workload, one after the other."""
    kube.kubectl("rollout", "restart", workload, "-n", namespace)
    kube.kubectl("rollout", "status", workload, "-n", namespace, "--timeout=400s", timeout=420)
    whole(namespace, program)


def kill(namespace: str, pod: str, container: str) -> None:
    """SIGKILL for a container's first process, and with it for all others there."""
    before = _restarts(namespace, pod)
    os.kill(_first_process(namespace, pod, container), signal.SIGKILL)
    kube.until(f"a restart of {pod}", lambda: _restarts(namespace, pod) > before, seconds=60, pause=0.2)
    whole(namespace, _program(namespace, pod))


def lose_volume(namespace: str, pod: str) -> None:
    """Deletes a pod at once, and its claim with the volume: a node that is gone, with its disk."""
    program, before = _program(namespace, pod), _claim(namespace, pod)
    kube.kubectl("delete", "pvc", f"data-{pod}", "-n", namespace, "--wait=false")
    kube.kubectl("delete", "pod", pod, "-n", namespace, "--now")
    kube.until("a new claim", lambda: _claim(namespace, pod) not in ("", before), seconds=60)
    whole(namespace, program)


@contextmanager
def stopped(namespace: str, pod: str, container: str, title: str) -> Iterator[None]:
    """Within the block, the process of a container with this in its command line does not run (SIGSTOP)."""
    [process] = [p for p in _processes(namespace, pod, container) if title in _command(p)]
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)


def _of(program: str) -> tuple[str, str]:
    return "-l", f"{_NAME}={program}"


def _program(namespace: str, pod: str) -> str:
    return str(_pod(namespace, pod)["metadata"]["labels"][_NAME])


def _ready(pod: dict[str, Any]) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))


def _restarts(namespace: str, pod: str) -> int:
    return sum(s["restartCount"] for s in _pod(namespace, pod)["status"]["containerStatuses"])


def _claim(namespace: str, pod: str) -> str:
    """The identity of a pod's claim; empty while there is none."""
    found = kube.kubectl(
        "get", "pvc", f"data-{pod}", "-n", namespace, "--ignore-not-found", "-o", "jsonpath={.metadata.uid}"
    )
    return found


def _pod(namespace: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(kube.kubectl("get", "pod", name, "-n", namespace, "-o", "json"))
    return found


def _first_process(namespace: str, pod: str, container: str) -> int:
    [first] = [p for p in _processes(namespace, pod, container) if _inside(p) == 1]
    return first


def _processes(namespace: str, pod: str, container: str) -> list[int]:
    """The container's processes, by their numbers on the node; a process's control group has the container's id."""
    statuses = _pod(namespace, pod)["status"]["containerStatuses"]
    [id] = [s["containerID"].split("://")[1] for s in statuses if s["name"] == container]
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            if id in (each / "cgroup").read_text():
                found.append(int(each.name))
        except OSError:
            continue
    return found


def _inside(process: int) -> int:
    """A process's number in its container."""
    [line] = [x for x in Path(f"/proc/{process}/status").read_text().splitlines() if x.startswith("NSpid:")]
    return int(line.split()[-1])


def _command(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")
