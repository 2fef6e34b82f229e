"""Production's shape comes up: three NATS servers, two of each pooler and control plane, Temporal by role."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from loom_constructs.delivery import STREAM, DeliveryError, create_missing, run_now
from loom_constructs.platform import render
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
    wanted = {s.name: {k: e.value for k, e in entries.items()} for s, entries in PROOF.required_secrets.items()}
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
        # what the API server refuses holds for whoever comes next in this namespace
        kube.kubectl("delete", "-f", str(rendered / "admission.k8s.yaml"), "--ignore-not-found")
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait")


def test_every_pod_is_ready_with_no_more_than_two_restarts(platform: float) -> None:
    print(f"\nproduction's shape: ready after {platform:.0f} s")
    pods = kube.get("pods", NAMESPACE)
    running = [p for p in pods if p["status"]["phase"] == "Running"]
    # PostgreSQL, PgBouncer, NATS and its stream's reconciler, Temporal and its UI, control planes, connectors, agents,
    # exporters
    assert len(running) == 1 + 2 + 3 + 1 + 8 + 1 + 2 + 2 + 6 + 2
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


def test_the_stream_has_a_replica_on_each_server_and_gets_them_back(platform: float) -> None:
    print(f"\none replica for {_take_replicas()} ms")


def test_a_start_of_loom_leaves_the_stream_whole(platform: float) -> None:
    """As released, it takes the replicas away; as designed, it does not touch a stream that is there."""
    released = "-migrate" not in kube.kubectl(
        "exec", "-n", NAMESPACE, "deployment/loom", "-c", "loom", "--", "sh", "-c", "/app/loom -help 2>&1 || true"
    )
    windows = len(_windows())
    kube.kubectl("rollout", "restart", "deployment/loom", "-n", NAMESPACE)
    kube.kubectl("rollout", "status", "deployment/loom", "-n", NAMESPACE, "--timeout=180s")

    if released:
        said = kube.until("a window", lambda: (w := _windows()) and len(w) > windows and w, seconds=60)
        print(f"\none replica at a start of Loom as released, for {', '.join(said[windows:])} ms")
    else:
        assert len(_windows()) == windows


def test_the_stream_is_backed_up_and_the_drill_restores_it(platform: float) -> None:
    said: list[str] = []
    where = {"namespace": NAMESPACE, "environment": PROOF.name, "say": said.append, "timeout": 300, "of": STREAM}

    run_now("backup", **where)
    run_now("drill", **where)
    assert "can be restored" in said[-1]
    with pytest.raises(DeliveryError, match="stream LOOM must be empty or gone, got .* messages; nothing was changed"):
        run_now("restore", **where)
    # it failed as it should; failed Jobs stay
    kube.kubectl("delete", "jobs", "-n", NAMESPACE, "-l", f"app.kubernetes.io/name={STREAM}")

    run_now("restore", env={"OVERWRITE": "yes"}, **where)
    print(f"\none replica of a restored stream for {_take_replicas()} ms")


def _take_replicas() -> str:
    """Takes the stream's replicas away, waits until they are back; returns for how many ms they were missing."""
    password = kube.secret(NAMESPACE, "loom-nats", "control-plane")
    windows = len(_windows())
    with kube.forwarded(NAMESPACE, "service/nats", 4222) as port:

        def call(call: str, body: dict[str, Any]) -> dict[str, Any]:
            answer = kube.jetstream(port, "control-plane", password, call, body)
            assert "error" not in answer, answer
            return answer

        info = kube.until("three replicas", lambda: _whole(i := call("STREAM.INFO.LOOM", {})) and i, seconds=60)
        before = info["state"]["last_seq"]
        # as a program does that was written for one server
        taken = call("STREAM.UPDATE.LOOM", {**info["config"], "num_replicas": 1})
        assert taken["config"]["num_replicas"] == 1
        kube.until("replicas that came back", lambda: _whole(call("STREAM.INFO.LOOM", {})), seconds=60)
        state = call("STREAM.INFO.LOOM", {})["state"]
        assert state["first_seq"] <= info["state"]["first_seq"] + 1 and state["last_seq"] >= before
    said = kube.until("the length of the window", lambda: (w := _windows()) and len(w) > windows and w, seconds=30)
    return said[-1]


def _windows() -> list[str]:
    """For how many milliseconds replicas were missing, as the Deployment that holds them says."""
    log = kube.kubectl("logs", "-n", NAMESPACE, "deployment/loom-stream-replicas", "--tail=-1")
    return re.findall(r"not whole for (?:at most )?(\d+) ms", log)


def _whole(info: dict[str, Any]) -> bool:
    """Whether it has three replicas, all up to date."""
    current = [r for r in info["cluster"].get("replicas", []) if r["current"]]
    return info["config"]["num_replicas"] == 3 and "leader" in info["cluster"] and len(current) == 2


def test_temporal_answers_and_loom_sees_all_it_needs(platform: float) -> None:
    with kube.forwarded(NAMESPACE, "service/loom", 8081) as port:
        health = kube.until(
            "a healthy Loom",
            lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10).read(),
            seconds=60,
        )
    assert b'"status":"healthy"' in health
