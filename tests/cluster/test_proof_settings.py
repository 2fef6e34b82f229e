"""Production's shape comes up: three NATS servers, two of each pooler and control plane, Temporal by role."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from loom_constructs.delivery import create_missing
from loom_constructs.platform import render
from loom_constructs.platform.secrets import REQUIRED
from tests import kube
from tests.cluster.measured import compare
from tests.cluster.proof_settings import PROOF

NAMESPACE = PROOF.namespace


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("proof")
    render([PROOF], folder)
    return folder / PROOF.name


@pytest.fixture(scope="module")
def platform(rendered: Path) -> Iterator[float]:
    kube.needed()
    if kube.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found").strip():
        pytest.fail(f"namespace {NAMESPACE} exists already: this proof makes and deletes it, so it stops here")
    required = {s.name: {k: e.value for k, e in entries.items()} for s, entries in REQUIRED.items()}
    try:
        create_missing(
            required,
            namespace=NAMESPACE,
            environment=PROOF.name,
            namespace_object=str(rendered / "namespace.k8s.yaml"),
        )
        kube.kubectl("apply", "--server-side", "-k", str(rendered))
        yield kube.wait_ready(NAMESPACE, seconds=5 * 60)
    finally:
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait")


def test_every_pod_is_ready_with_no_more_than_two_restarts(platform: float) -> None:
    print(f"\nproduction's shape: ready after {platform:.0f} s")
    pods = kube.get("pods", NAMESPACE)
    running = [p for p in pods if p["status"]["phase"] == "Running"]
    assert len(running) == 1 + 2 + 3 + 8 + 1 + 2 + 2 + 6
    for pod in pods:
        for status in pod["status"].get("initContainerStatuses", []) + pod["status"]["containerStatuses"]:
            assert status["restartCount"] <= 2, f"{pod['metadata']['name']}/{status['name']}"


def test_who_reaches_whom_is_what_reach_says(platform: float, rendered: Path) -> None:
    policies = list(yaml.safe_load_all((rendered / "network.k8s.yaml").read_text()))

    assert compare([NAMESPACE], policies) > 500


def test_three_nats_servers_are_one_cluster(platform: float) -> None:
    password = kube.secret(NAMESPACE, "loom-nats", "control-plane")
    with kube.forwarded(NAMESPACE, "service/nats", 4222) as port:
        made = kube.jetstream(
            port,
            "control-plane",
            password,
            "STREAM.CREATE.PROOF",
            {"name": "PROOF", "subjects": ["proof.>"], "num_replicas": 3},
        )
        assert "error" not in made, made
        replicas = kube.until(
            "three current replicas",
            lambda: _current(kube.jetstream(port, "control-plane", password, "STREAM.INFO.PROOF", {})),
            seconds=60,
        )
    assert replicas == 3


def _current(info: dict[str, dict[str, object]]) -> int:
    """The leader and its followers, once all are up to date."""
    followers = info["cluster"].get("replicas", [])
    current = sum(1 for f in followers if f["current"])  # type: ignore[attr-defined]
    return 1 + current if current == 2 else 0


def test_temporal_answers_and_loom_sees_all_it_needs(platform: float) -> None:
    with kube.forwarded(NAMESPACE, "service/loom", 8081) as port:
        health = kube.until(
            "a healthy Loom",
            lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10).read(),
            seconds=60,
        )
    assert b'"status":"healthy"' in health
