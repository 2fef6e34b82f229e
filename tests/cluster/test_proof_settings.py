"""Production's shape comes up: three NATS servers, two of each pooler and control plane, Temporal by role."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from loom_constructs.delivery import DeliveryError, create_missing, run_now
from loom_constructs.platform import render
from loom_constructs.platform.secrets import required
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
    wanted = {s.name: {k: e.value for k, e in entries.items()} for s, entries in required(monitoring=True).items()}
    try:
        create_missing(
            wanted,
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
    # PostgreSQL, PgBouncer, NATS, Temporal and its UI, control planes, connectors, agents, exporters
    assert len(running) == 1 + 2 + 3 + 8 + 1 + 2 + 2 + 6 + 2
    for pod in pods:
        for status in pod["status"].get("initContainerStatuses", []) + pod["status"]["containerStatuses"]:
            assert status["restartCount"] <= 2, f"{pod['metadata']['name']}/{status['name']}"


def test_who_reaches_whom_is_what_reach_says(platform: float, rendered: Path) -> None:
    policies = list(yaml.safe_load_all((rendered / "network.k8s.yaml").read_text()))

    assert compare([NAMESPACE], policies) > 500


def test_a_backup_is_made_and_restored_and_the_drill_notices_a_truncated_one(platform: float) -> None:
    said: list[str] = []
    where = {"namespace": NAMESPACE, "environment": PROOF.name, "say": said.append, "timeout": 300}
    sql = [
        "exec",
        "-n",
        NAMESPACE,
        "loom-db-0",
        "-c",
        "postgres",
        "--",
        "psql",
        "-U",
        "postgres",
        "-d",
        "loom",
        "-XAtc",
    ]
    kube.kubectl(*sql, _ORDERS)
    before = kube.kubectl(*sql, _FINGERPRINT)

    run_now("backup", **where)
    run_now("drill", **where)
    assert "can be restored" in said[-1]

    kube.kubectl(*sql, "SET ROLE loom; DROP SCHEMA proof CASCADE")
    with pytest.raises(DeliveryError, match="database loom must be empty, got .* tables; nothing was changed"):
        run_now("restore", env={"DATABASE_TO_RESTORE": "loom"}, **where)
    deployments = ["deployment/loom", "-n", NAMESPACE]
    kube.kubectl("scale", *deployments, "--replicas", "0")
    kube.until("the end of Loom", lambda: not kube.get("pods", NAMESPACE, "-l", "app=loom"), seconds=120)
    run_now("restore", env={"DATABASE_TO_RESTORE": "loom", "OVERWRITE": "yes"}, **where)
    assert kube.kubectl(*sql, _FINGERPRINT) == before
    kube.kubectl("scale", *deployments, "--replicas", "2")

    # the file is damaged by the same pod that makes backups: nobody else writes there
    damage = "cd /var/backup && newest=$(ls -1d [0-9]*Z | tail -n 1) && truncate -s 1000 $newest/loom.dump"
    run_now("backup", command=["sh", "-c", damage], **where)
    with pytest.raises(DeliveryError, match="is damaged: a checksum differs"):
        run_now("drill", **where)
    verdict = kube.kubectl(*sql, "SELECT kind, good FROM loom_constructs.verdicts ORDER BY at DESC LIMIT 1").strip()
    assert verdict == "drill|f"
    # two failed as they should; failed Jobs stay
    kube.kubectl("delete", "jobs", "-n", NAMESPACE, "-l", "app.kubernetes.io/name=postgresql-backup")
    kube.wait_ready(NAMESPACE, seconds=5 * 60)


_ORDERS = """SET ROLE loom; CREATE SCHEMA proof; CREATE TABLE proof.orders AS
  SELECT i AS id, md5(i::text) AS title FROM generate_series(1, 50000) i"""
_FINGERPRINT = "SELECT md5(string_agg(o::text, '|' ORDER BY id)) FROM proof.orders o"


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
