"""Six simulated nodes in three zones, and one kwok for each zone: a zone is lost when its kwok is killed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests import kube

ZONES = ("drain-a", "drain-b", "drain-c")
TAINT = "drain-proof"
"""Taint and label of the nodes: nothing else in the cluster goes there, and what is proven goes nowhere else."""
STAGES = Path(__file__).parent / "stages.yaml"


def needed() -> None:
    """Skips where there is no cluster or no kwok."""
    kube.needed()
    if shutil.which("kwok") is None:
        pytest.skip("needs kwok on the PATH (sigs.k8s.io/kwok)")


def names(zone: str | None = None) -> list[str]:
    """The nodes of a zone, or all."""
    return [f"{z}-{number}" for z in ZONES if zone in (None, z) for number in (1, 2)]


def add(*only: str) -> None:
    """Adds nodes: all, or those that were lost."""
    made = [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "labels": {
                    "kubernetes.io/hostname": name,
                    "topology.kubernetes.io/zone": zone,
                    TAINT: zone,
                    TAINT + "-node": "yes",
                },
            },
            "spec": {"taints": [{"key": TAINT, "effect": "NoSchedule"}]},
            "status": {
                kind: {"cpu": "8", "memory": "32Gi", "pods": "110", "ephemeral-storage": "200Gi"}
                for kind in ("capacity", "allocatable")
            },
        }
        for zone in ZONES
        for name in names(zone)
        if not only or name in only
    ]
    kube.kubectl("create", "-f", "-", stdin=yaml.safe_dump_all(made))


class Kubelets:
    """The kwok of each zone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, zone: str) -> None:
        """Nodes of this zone live."""
        number = ZONES.index(zone)
        # addresses that nobody routes; each zone's are its own
        command = ["kwok", f"--manage-nodes-with-label-selector={TAINT}={zone}", f"--cidr=198.18.{number}.0/24"]
        command += [f"--config={STAGES}", f"--node-ip=198.18.{number}.1", "--node-lease-duration-seconds=40"]
        with (self._folder / f"kwok-{zone}.log").open("ab") as log:
            self._running[zone] = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)

    def kill(self, zone: str) -> None:
        """Nodes of this zone answer no more: nothing that is asked of them is done."""
        process = self._running.pop(zone)
        process.kill()
        process.wait()

    def stop(self) -> None:
        """Ends all that run."""
        for zone in list(self._running):
            self.kill(zone)


@contextmanager
def simulated(folder: Path) -> Iterator[Kubelets]:
    """The nodes, ready; they are gone afterwards."""
    kubelets = Kubelets(folder)
    try:
        add()
        for zone in ZONES:
            kubelets.start(zone)
        kube.kubectl("wait", "node", *names(), "--for=condition=Ready", "--timeout=60s")
        yield kubelets
    finally:
        kubelets.stop()
        kube.kubectl("delete", "node", *names(), "--ignore-not-found", "--wait=false")
