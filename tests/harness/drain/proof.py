"""Production on simulated nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import kube

from . import storage
from .cloud_native_pg import Operator
from .nodes import Kubelets, simulated
from .rendered import NAMESPACE, adapted
from .watch import Watch, watching

Object = dict[str, Any]


@dataclass(frozen=True)
class Proof:
    """What runs."""

    kubelets: Kubelets
    watch: Watch
    objects: list[Object]


@contextmanager
def running(objects: Iterable[Object], folder: Path) -> Iterator[Proof]:
    """Brings everything up on six nodes in three zones; nothing of it is left afterwards."""
    # one that is still going away is waited for here, so that nobody waits at the end
    there = kube.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found", "-o", "jsonpath={.status.phase}")
    if there == "Terminating":
        kube.kubectl("wait", f"namespace/{NAMESPACE}", "--for=delete", "--timeout=120s")
    elif there:
        pytest.fail(f"namespace {NAMESPACE} exists already: this proof makes and deletes it")
    applied = adapted(objects)
    with simulated(folder) as kubelets:
        try:
            kube.kubectl("create", "-f", "-", stdin=yaml.safe_dump_all(applied))
            operator = Operator(NAMESPACE)
            operator.start()
            try:
                with watching(NAMESPACE) as watch:
                    settled()
                    yield Proof(kubelets, watch, applied)
            finally:
                operator.stop()
        finally:
            kube.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false")
            # pods of nodes that nobody answers for would stay for ever
            kube.kubectl("delete", "pods", "--all", "-n", NAMESPACE, "--force", "--grace-period=0", fail=False)
            kube.kubectl("delete", "pv", "-l", storage.PREFIX + "volume", "--wait=false")
            whole = [
                f"{o['kind']}/{o['metadata']['name']}"
                for o in applied
                if o["kind"] in ("StorageClass", "PriorityClass")
            ]
            kube.kubectl("delete", *whole, "--ignore-not-found", "--wait=false")


def settled(*, seconds: float = 120) -> float:
    """Waits until all that should run is ready."""
    return kube.wait_ready(NAMESPACE, seconds=seconds)
