"""dist/local, unmodified, on a real cluster: it comes up, takes work, and keeps it through the loss of every pod."""

from __future__ import annotations

import base64
import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests import kube
from tests.cluster.measured import compare
from tests.conftest import ROOT

NAMESPACE = "loom"
PASSWORD = "your-password"  # as in Loom's documentation
MINUTES = 5 * 60


@pytest.fixture(scope="module")
def platform() -> Iterator[float]:
    """Everything up, by the documented commands; the seconds that took."""
    kube.needed()
    if kube.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found").strip():
        pytest.fail(f"namespace {NAMESPACE} exists already: this proof makes and deletes it, so it stops here")
    kube.kubectl("create", "namespace", NAMESPACE)
    try:
        for name, values in (
            ("loom-secret", [f"password={PASSWORD}"]),
            ("loom-postgresql-secret", ["username=loom", "password=your-db-password"]),
        ):
            literals = [f"--from-literal={v}" for v in values]
            kube.kubectl("create", "secret", "generic", name, "--namespace", NAMESPACE, *literals)
        _make("k8s-secrets")
        _make("k8s-apply")
        yield kube.wait_ready(NAMESPACE, seconds=MINUTES)
    finally:
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait")


def test_every_pod_is_ready_and_every_job_complete(platform: float) -> None:
    [job] = [j["metadata"]["name"] for j in kube.get("jobs", NAMESPACE) if "migrate" in j["metadata"]["name"]]
    migrate = kube.kubectl("logs", "-n", NAMESPACE, f"job/{job}", "-c", "migrate").strip().splitlines()
    print(f"\nready after {platform:.0f} s; migrate said: {migrate[-1]}")
    for pod in kube.get("pods", NAMESPACE):
        statuses = pod["status"].get("initContainerStatuses", []) + pod["status"]["containerStatuses"]
        for status in statuses:
            assert status["restartCount"] <= 2, f"{pod['metadata']['name']}/{status['name']}"
    assert len(kube.get("jobs", NAMESPACE)) == 4


def test_who_reaches_whom_is_what_reach_says(platform: float) -> None:
    policies = list(yaml.safe_load_all((ROOT / "dist" / "local" / "network.k8s.yaml").read_text()))
    stranger = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "stranger", "namespace": "elsewhere", "labels": {"app": "stranger"}},
        "spec": {"containers": [{"name": "main", "image": "busybox:1.37.0", "command": ["sleep", "600"]}]},
    }
    kube.kubectl("create", "namespace", "elsewhere")
    try:
        kube.kubectl("apply", "-f", "-", stdin=json.dumps(stranger))
        kube.kubectl("wait", "pod/stranger", "-n", "elsewhere", "--for=condition=Ready", "--timeout=60s")
        assert compare([NAMESPACE, "elsewhere"], policies) > 150
    finally:
        kube.kubectl("delete", "namespace", "elsewhere", "--wait")


def test_the_documented_secrets_were_not_overwritten(platform: float) -> None:
    assert kube.secret(NAMESPACE, "loom-secret", "password") == PASSWORD
    assert kube.secret(NAMESPACE, "loom-postgresql-secret", "password") == "your-db-password"
    assert len(kube.secret(NAMESPACE, "loom-secret", "jwt-secret")) >= 32


def test_applying_again_changes_nothing(platform: float) -> None:
    def versions() -> dict[str, str]:
        kinds = "deployments,statefulsets,jobs,services,configmaps,serviceaccounts,persistentvolumeclaims"
        return {
            f"{o['kind']}/{o['metadata']['name']}": o["metadata"].get("generation", o["metadata"]["resourceVersion"])
            for o in kube.get(kinds, NAMESPACE)
        }

    before = versions()
    _make("k8s-secrets")
    _make("k8s-apply")
    assert versions() == before


def test_applying_by_hand_in_between_is_no_conflict_and_replaces_no_pod(platform: float) -> None:
    def pods() -> set[str]:
        return {p["metadata"]["uid"] for p in kube.get("pods", NAMESPACE)}

    before = pods()
    kube.kubectl("apply", "-k", str(ROOT / "dist" / "local"))  # as in Loom's documentation
    _make("k8s-apply")
    assert pods() == before


def test_another_environment_is_refused(platform: float) -> None:
    refused = subprocess.run(
        ["make", "--no-print-directory", "k8s-apply", "ENV=production"], cwd=ROOT, capture_output=True, text=True
    )
    assert refused.returncode != 0
    assert "must be of environment production, got local; nothing was sent" in refused.stderr


def test_work_is_stored_through_the_pooler_announced_and_kept(platform: float) -> None:
    bead = _post({"project_id": "default", "title": "kept", "type": "task"})
    assert _stored(bead["id"]) == "kept"
    assert _client_of_database() == {_pod_ip("pgbouncer")}
    assert _announced(bead["id"])

    for name in ("loom-db", "pgbouncer", "nats", "loom"):
        began = time.monotonic()
        kube.kubectl(
            "delete", "pod", "-n", NAMESPACE, "--wait", "-l", f"app.kubernetes.io/instance={name}", timeout=180
        )
        kube.wait_ready(NAMESPACE, seconds=MINUTES)
        kube.until(f"the API after {name}", lambda: bead["id"] in {b["id"] for b in _beads()}, seconds=60)
        assert _stored(bead["id"]) == "kept", f"lost from the database after {name} was deleted"
        assert _announced(bead["id"]), f"lost from the stream after {name} was deleted"
        print(f"\n{name} deleted: all ready again after {time.monotonic() - began:.0f} s")

    later = _post({"project_id": "default", "title": "after all that", "type": "task"})
    assert _stored(later["id"]) == "after all that"
    assert _announced(later["id"])


def test_deleting_it_keeps_the_data(platform: float) -> None:
    bead = _post({"project_id": "default", "title": "survives", "type": "task"})
    password = kube.secret(NAMESPACE, "loom-nats", "agents")

    _make("k8s-delete")
    kube.until("the end of all pods", lambda: not kube.get("pods", NAMESPACE), seconds=180)
    assert len(kube.get("persistentvolumeclaims", NAMESPACE)) == 3

    _make("k8s-secrets")
    _make("k8s-apply")
    kube.wait_ready(NAMESPACE, seconds=MINUTES)
    assert kube.secret(NAMESPACE, "loom-nats", "agents") == password
    assert _stored(bead["id"]) == "survives"
    assert _announced(bead["id"])


def _make(target: str) -> None:
    subprocess.run(["make", "--no-print-directory", target], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _request(path: str, body: dict[str, Any] | None = None) -> Any:
    with kube.forwarded(NAMESPACE, "service/loom", 8081) as port:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
        request.add_header("Authorization", "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode())
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())


def _post(bead: dict[str, Any]) -> Any:
    return _request("/api/v1/beads", bead)


def _beads() -> Any:
    return _request("/api/v1/beads")


def _sql(query: str) -> str:
    return kube.kubectl(
        "exec", "-n", NAMESPACE, "loom-db-0", "-c", "postgres", "--", "psql", "-d", "loom", "-XAtc", query
    ).strip()


def _stored(bead: int) -> str:
    return _sql(f"SELECT title FROM beads WHERE id = {int(bead)}")


def _client_of_database() -> set[str]:
    query = "SELECT DISTINCT client_addr FROM pg_stat_activity WHERE usename = 'loom' AND datname = 'loom'"
    return set(_sql(query).split())


def _pod_ip(name: str) -> str:
    [pod] = kube.get("pods", NAMESPACE, "-l", f"app.kubernetes.io/instance={name}")
    address: str = pod["status"]["podIP"]
    return address


def _announced(bead: int) -> bool:
    """Whether the stream holds the event of this bead; read as the control plane may read it, by a consumer."""
    password = kube.secret(NAMESPACE, "loom-nats", "control-plane")
    with kube.forwarded(NAMESPACE, "service/nats", 4222) as port:

        def call(call: str, body: dict[str, Any]) -> Any:
            return kube.jetstream(port, "control-plane", password, f"CONSUMER.{call}", body)

        subject = "loom.tasks.default"
        config = {"durable_name": "proof", "filter_subject": subject, "ack_policy": "none"}
        made = call(f"CREATE.LOOM.proof.{subject}", {"stream_name": "LOOM", "config": config})
        try:
            beads = [call("MSG.NEXT.LOOM.proof", {"batch": 1})["id"] for _ in range(made["num_pending"])]
        finally:
            call("DELETE.LOOM.proof", {})
    return bead in beads
