"""Who reaches whom on the cluster, by trying every connection, against what `reach` works out from the text."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from typing import Any

import pytest

from loom_constructs.review.review import Review
from tests import kube

Connection = tuple[str, str, int]


def prober() -> None:
    """Skips where nothing can try connections from inside of pods."""
    if shutil.which("cluster") is None:
        pytest.skip("needs `cluster probe` on the PATH, which connects from every pod to every port")


def running(namespaces: Iterable[str]) -> list[dict[str, Any]]:
    """The pods that run."""
    return [p for n in namespaces for p in kube.get("pods", n) if p["status"]["phase"] == "Running"]


def measured(namespaces: Iterable[str]) -> tuple[set[Connection], set[Connection]]:
    """Which TCP connections from pod to pod were tried, and which of them were let through."""
    # a twin accepts few connections at a time: one that comes while its queue is full is let in a second or three later
    command = ["cluster", "probe", *namespaces, "--json", "--timeout", "8"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    tried: set[Connection] = set()
    through: set[Connection] = set()
    for each in json.loads(done.stdout):
        if each["to"].startswith("svc/"):
            continue
        connection = (each["from"], each["to"], each["port"])
        # another answer is the machine's, such as that its table of neighbours is full (net.ipv4.neigh.default.gc_thresh3)
        assert each["result"] in ("allowed", "refused", "dropped"), each
        tried.add(connection)
        # refused is let through to a port where nothing listens
        if each["result"] != "dropped":
            through.add(connection)
    return tried, through


def worked_out(pods: list[dict[str, Any]], policies: list[dict[str, Any]]) -> set[Connection]:
    """The same by `reach`, of network policies alone: connections are plain TCP, whatever the port is for."""
    plain = [{**p, "metadata": {**p["metadata"], "annotations": {}}} for p in pods]
    for pod in plain:
        # the name that `reach` gives a pod must be the pod's own
        pod["metadata"].pop("ownerReferences", None)
    rows = Review([{"apiVersion": "v1", "kind": "Pod", **p} for p in plain] + policies, linkerd=False).rows()
    return {(row.client, row.server, row.port) for row in rows if row.protocol == "TCP" and row.client != row.server}


def compare(namespaces: list[str], policies: list[dict[str, Any]]) -> int:
    """Fails where a measured connection is not what `reach` says; returns how many were tried."""
    prober()
    pods = running(namespaces)
    tried, through = measured(namespaces)
    said = worked_out(pods, policies) & tried
    assert len(tried) > 50, "hardly anything was tried"
    assert through, "nothing was let through"
    if said - through:
        # a busy machine answers too late, which looks like a dropped packet; what a policy drops, it drops twice
        through |= measured(namespaces)[1]
    assert not through - said, f"let through, and reach says no: {sorted(through - said)}"
    assert not said - through, f"reach says yes, and it was dropped: {sorted(said - through)}"
    print(f"\n{len(tried)} connections tried, {len(through)} let through: as reach says")
    return len(tried)
