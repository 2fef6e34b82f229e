"""A node is drained; a zone is lost."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests import kube

from .nodes import Kubelets, add, names
from .rendered import NAMESPACE


class Blocked(AssertionError):
    """A drain did not end in time."""


def drain(node: str, *, seconds: int = 120) -> float:
    """Drains a node as people do; returns how long it took.

    Raises:
        Blocked: It did not end in time.
    """
    began = time.monotonic()
    command = ["kubectl", "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", f"--timeout={seconds}s"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 60)
    if done.returncode:
        raise Blocked(f"{node} after {time.monotonic() - began:.0f} s: {done.stderr.strip()[-600:]}")
    return time.monotonic() - began


@contextmanager
def drained(node: str, *, seconds: int = 120) -> Iterator[float]:
    """A node without pods; afterwards it takes some again."""
    try:
        yield drain(node, seconds=seconds)
    finally:
        kube.kubectl("uncordon", node)


def lose(kubelets: Kubelets, zone: str) -> frozenset[str]:
    """Both nodes of a zone are gone: nobody answers for them, and the cloud says that they do not exist.

    Their pods are removed at once, as the garbage collector of pods does it a minute later.
    """
    kubelets.kill(zone)
    lost = frozenset(names(zone))
    there = [p["metadata"]["name"] for p in kube.get("pods", NAMESPACE) if p["spec"].get("nodeName") in lost]
    kube.kubectl("delete", "node", *lost, "--wait=false")
    if there:
        kube.kubectl("delete", "pod", *there, "-n", NAMESPACE, "--force", "--grace-period=0", "--ignore-not-found")
    return lost


def restore(kubelets: Kubelets, zone: str) -> None:
    """The zone is back."""
    add(*names(zone))
    kubelets.start(zone)
    kube.kubectl("wait", "node", *names(zone), "--for=condition=Ready", "--timeout=60s")
