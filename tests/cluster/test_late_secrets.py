"""Secrets that come ten minutes after everything else: it all converges, with nothing restarted by hand."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest

from tests import kube
from tests.conftest import ROOT

NAMESPACE = "loom"
LATE = 10 * 60


@pytest.fixture
def applied() -> Iterator[None]:
    kube.needed()
    if kube.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found").strip():
        pytest.fail(f"namespace {NAMESPACE} exists already: this proof makes and deletes it, so it stops here")
    subprocess.run(["make", "--no-print-directory", "k8s-apply"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait")


@pytest.mark.long
def test_everything_comes_up_once_the_secrets_are_there(applied: None) -> None:
    time.sleep(LATE)
    assert "StatefulSet/loom-db" in kube.lacking(NAMESPACE)

    subprocess.run(["make", "--no-print-directory", "k8s-secrets"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    took = kube.wait_ready(NAMESPACE, seconds=5 * 60)

    restarts = [
        status["restartCount"] for pod in kube.get("pods", NAMESPACE) for status in pod["status"]["containerStatuses"]
    ]
    # waits of what needs no Secret itself have given up and begun anew all the while; nothing else has
    assert max(restarts) <= 2
    print(f"\nready {took:.0f} s after secrets that came {LATE} s late; most restarts of a container: {max(restarts)}")
