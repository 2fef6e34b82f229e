"""A database's login is changed while Loom answers: no request fails, and the old password is dead afterwards.

The proof settings' database, poolers and control plane, in a namespace of their own. The Secret stands in for a store.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cdk8s import App

from loom_constructs import LoomControlPlane, NetworkPolicies
from loom_constructs.delivery import create_missing, rotate_login
from loom_constructs.platform import LoomChart, NamespaceChart, secrets
from loom_constructs.platform.charts.data import DataChart
from tests import kube
from tests.cluster.proof_settings import PROOF, beside

NAMESPACE = "rotation-proof"
SECRET = secrets.LOOM_DATABASE.name
CLIENTS = 6
"""Half of them write; more than a program keeps idle connections for, so that new ones are made all the time."""


def _rendered(folder: Path) -> dict[str, dict[str, str | None]]:
    """Writes the manifests; the Secrets that they need."""
    values = beside(NAMESPACE)
    reasons = {n: w for n, w in values.reasons.items() if not n.startswith(("backup.", "monitoring."))}
    here = dataclasses.replace(
        values,
        nats=dataclasses.replace(values.nats, replicas=1, backup=None),
        backup=None,
        monitoring=None,
        archive=None,
        reasons={**reasons, "backup": "no", "monitoring": "no"},
    )
    app = App(outdir=str(folder))
    NamespaceChart(app, "namespace", here)
    data = DataChart(app, "data", here)
    LoomControlPlane(
        LoomChart(app, "loom", here),
        "control-plane",
        image=here.images.loom,
        wait_image=here.images.busybox,
        database=data.pgbouncer.sql,
        migrations=data.postgres.sql,
        events=data.stream.client("control-plane"),
        secret=secrets.CONTROL_PLANE,
        data=here.control_plane.data,
        replicas=here.control_plane.replicas,
        resources=here.control_plane.resources,
    )
    NetworkPolicies(LoomChart(app, "network", here), "policies", dns=here.network.dns)
    app.synth()
    return {s.name: {k: e.value for k, e in entries.items()} for s, entries in here.required_secrets.items()}


@pytest.fixture(scope="module")
def loom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[float]:
    """All of it up; the seconds that took."""
    kube.needed()
    if shutil.which("psql") is None:
        pytest.skip("needs psql on the PATH")
    folder = tmp_path_factory.mktemp("rotation") / "dist"
    needed = _rendered(folder)
    if kube.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found").strip():
        pytest.fail(f"namespace {NAMESPACE} exists already: this proof makes and deletes it, so it stops here")
    try:
        where = {"namespace": NAMESPACE, "environment": PROOF.name}
        create_missing(needed, namespace_object=str(folder / "namespace.k8s.yaml"), **where)
        kube.kubectl("apply", "--server-side", "-f", str(folder))
        yield kube.wait_ready(NAMESPACE, seconds=8 * 60)
    finally:
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait=false", fail=False)


class Requests:
    """Clients of Loom's API that write and read beads, through its Service, until the end of the block."""

    def __init__(self) -> None:
        self.url = f"http://{_address('loom')}:8081/api/v1/beads"
        login = f"admin:{kube.secret(NAMESPACE, 'loom-secret', 'password')}"
        self.headers = {
            "Authorization": "Basic " + base64.b64encode(login.encode()).decode(),
            "Content-Type": "application/json",
        }
        self.read = self.written = 0
        self.failed: list[str] = []
        self._over = threading.Event()

    def __enter__(self) -> Requests:
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        writes = number % 2 == 0
        bead = json.dumps({"project_id": "default", "title": "rotated", "type": "task"}).encode()
        while not self._over.is_set():
            try:
                asked = urllib.request.Request(self.url, data=bead if writes else None, headers=self.headers)
                with urllib.request.urlopen(asked, timeout=10) as answer:
                    json.loads(answer.read())
                self.written, self.read = self.written + writes, self.read + (not writes)
            except (OSError, ValueError) as error:
                self.failed.append(f"{time.strftime('%X')} {error}")
            time.sleep(0.1)


def test_no_request_fails_and_the_old_password_dies(loom: float) -> None:
    old = (_entry("username"), _entry("password"))
    servers = [_pod_address(p) for p in ("loom-db", "pgbouncer")]
    assert [_log_in(server, *old) for server in servers] == ["loom", "loom"]
    before = _pods("loom")

    began, said = time.monotonic(), []
    with Requests() as requests:
        time.sleep(5)
        rotate_login(SECRET, namespace=NAMESPACE, environment=PROOF.name, say=said.append)
        took = time.monotonic() - began
        time.sleep(5)

    print(f"\nready after {loom:.0f} s; rotated in {took:.0f} s: {requests.written} writes, {requests.read} reads, ")
    print(f"{len(requests.failed)} failed; " + "; ".join(said))
    assert requests.failed == []
    assert requests.written > 50 and requests.read > 50
    new = (_entry("username"), _entry("password"))
    assert new[0] == "loom_b" and new[1] != old[1]
    assert (
        "previous-username" not in kube.get("secrets", NAMESPACE, f"--field-selector=metadata.name={SECRET}")[0]["data"]
    )
    assert [_log_in(server, *new) for server in servers] == ["loom_owner", "loom_owner"]
    assert all("authentication failed" in _log_in(server, *old) for server in servers)
    # the programs were replaced, and the servers were not
    assert not before & _pods("loom")
    assert servers == [_pod_address(p) for p in ("loom-db", "pgbouncer")]
    stored = _log_in(servers[0], *new, sql="SELECT count(*) FROM beads")
    assert int(stored) >= requests.written


@pytest.mark.long
def test_with_one_login_requests_fail(loom: float) -> None:
    """What the proof above would say of a password that is changed with nothing beside it."""
    server, name, password = _pod_address("pgbouncer"), _entry("username"), _entry("password")
    with Requests() as requests:
        time.sleep(2)
        assert requests.failed == []
        changed = base64.b64encode(b"changed at once").decode()
        kube.kubectl("patch", "secret", SECRET, "-n", NAMESPACE, "-p", json.dumps({"data": {"password": changed}}))
        for pod in (*_pods("pgbouncer"), *_pods("loom-db")):  # so that the kubelet looks at once
            kube.kubectl("annotate", "pod", "-n", NAMESPACE, pod, "proof=look")
        kube.until("the new password", lambda: "failed" in _log_in(server, name, password), seconds=120)
        kube.until("a request that fails", lambda: requests.failed, seconds=60)

    print(
        f"\nwith one login: {len(requests.failed)} of {len(requests.failed) + requests.written + requests.read} failed"
    )


def _entry(key: str) -> str:
    return kube.secret(NAMESPACE, SECRET, key)


def _address(service: str) -> str:
    return kube.kubectl("get", "service", service, "-n", NAMESPACE, "-o", "jsonpath={.spec.clusterIP}")


def _found(instance: str) -> list[dict[str, Any]]:
    found = kube.get("pods", NAMESPACE, "-l", f"app.kubernetes.io/instance={instance}")
    return [p for p in found if "deletionTimestamp" not in p["metadata"]]


def _pods(instance: str) -> set[str]:
    return {p["metadata"]["name"] for p in _found(instance)}


def _pod_address(instance: str) -> str:
    return min(p["status"]["podIP"] for p in _found(instance))


def _log_in(host: str, user: str, password: str, sql: str = "SELECT current_user") -> str:
    """What the database answers; the node reaches every pod."""
    done = subprocess.run(
        ["psql", "-XAtc", sql, "-h", host, "-U", user, "-d", "loom"],
        env={**os.environ, "PGPASSWORD": password, "PGCONNECT_TIMEOUT": "10"},
        text=True,
        capture_output=True,
        timeout=60,
    )
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()
