"""Releases that follow each other: one whose migration fails keeps the one before it serving, and the next goes through.

The first is Loom as released, without `-migrate`; the others know it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cdk8s import App, Chart, Size

from loom_constructs import (
    Claim,
    Cpu,
    Database,
    EmbeddedPostgres,
    Ephemeral,
    LoomControlPlane,
    Namespace,
    NatsJetStream,
    NatsUser,
    NetworkPolicies,
    PostgresCluster,
    Resources,
    SecretRef,
)
from tests import kube

NAMESPACE = "migration-proof"
REPOSITORY = "loom-constructs.test/loom"
SMALL = Resources(
    cpu=Cpu.millis(50), memory=Size.mebibytes(256), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(512)
)
BROKEN = """#!/bin/sh
case "$1" in -help) echo "  -migrate run the migrations" >&2 ;; *) echo "cannot alter table beads" >&2; exit 1 ;; esac
"""


def rendered(folder: Path, tag: str) -> list[dict[str, Any]]:
    """A release."""
    app = App(outdir=str(folder / tag))
    chart = Chart(app, "release", namespace=NAMESPACE, disable_resource_name_hashes=True)
    Namespace(chart, "namespace", name=NAMESPACE)
    postgres = PostgresCluster(
        chart,
        "postgres",
        databases=[Database("loom", SecretRef("login"))],
        engine=EmbeddedPostgres(storage=Claim(Size.gibibytes(1)), resources=SMALL),
    )
    nats = NatsJetStream(
        chart,
        "nats",
        users=[NatsUser("control-plane")],
        passwords=SecretRef("loom-nats"),
        replicas=1,
        storage=Claim(Size.gibibytes(2)),
        resources=SMALL,
    )
    LoomControlPlane(
        chart,
        "loom",
        image=f"{REPOSITORY}:{tag}",
        database=postgres.sql,
        events=nats.client("control-plane"),
        secret=SecretRef("loom-secret"),
        data=Ephemeral(Size.gibibytes(1)),
        replicas=2,
        resources=SMALL,
    )
    NetworkPolicies(chart, "policies")
    app.synth()
    return [o for o in yaml.safe_load_all((folder / tag / "release.k8s.yaml").read_text()) if o]


def images(folder: Path) -> None:
    """Two releases that are good, one as it is today, one whose migration fails."""
    if shutil.which("cluster") is None:
        pytest.skip("needs `cluster image` on the PATH, which makes images of releases")
    names = folder / "images.yaml"
    named = [{"name": tag, "image": f"{REPOSITORY}:{tag}"} for tag in ("today", "first", "next")]
    names.write_text(yaml.safe_dump({"kind": "Pod", "spec": {"containers": named}}))
    program = folder / "root" / "app" / "loom"
    program.parent.mkdir(parents=True)
    program.write_text(BROKEN)
    home = folder / "root" / "home" / "loom"
    home.mkdir(parents=True)
    for each in (folder / "root", program.parent, program, home.parent, home):
        each.chmod(0o755)
    run = {"check": True, "capture_output": True, "timeout": 600}
    subprocess.run(["cluster", "images", "--role", f"{REPOSITORY}:today=loom-released", str(names)], **run)
    command = ["cluster", "image", f"{REPOSITORY}:broken", str(folder / "root"), "--with-libs"]
    subprocess.run([*command, "sh", "grep", "cp", "sleep", "--user", "1000"], **run)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    kube.needed()
    images(tmp_path)
    if kube.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found").strip():
        pytest.fail(f"namespace {NAMESPACE} exists already: this proof makes and deletes it, so it stops here")
    try:
        yield tmp_path
    finally:
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait", fail=False)


def apply(objects: list[dict[str, Any]]) -> str:
    """Applies a release; returns the name of its Job."""
    [job] = [o["metadata"]["name"] for o in objects if o["kind"] == "Job"]
    everything = json.dumps({"kind": "List", "apiVersion": "v1", "items": objects})
    kube.kubectl("apply", "--server-side", "-f", "-", stdin=everything)
    return str(job)


def comes_up() -> None:
    kube.kubectl("rollout", "status", "-n", NAMESPACE, "deployment/loom", "--timeout=240s", timeout=260)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:.*2 replicas")
def test_a_migration_that_fails_keeps_the_release_before_it_serving(folder: Path) -> None:
    today = rendered(folder, "today")
    kube.kubectl("apply", "-f", "-", stdin=json.dumps(next(o for o in today if o["kind"] == "Namespace")))
    for name, values in (
        ("login", ["username=loom", "password=it's $ecret"]),
        ("loom-nats", ["control-plane=a", "sys=b"]),
        ("loom-secret", ["password=c", f"jwt-secret={'x' * 32}"]),
    ):
        literals = [f"--from-literal={v}" for v in values]
        kube.kubectl("create", "secret", "generic", name, "-n", NAMESPACE, *literals)
    job = apply(today)
    comes_up()
    assert "this release has no -migrate" in _log(job)

    job = apply(rendered(folder, "first"))
    comes_up()
    assert "migrations done" in _log(job)
    served = _images()
    assert served == {f"{REPOSITORY}:first"}

    job = apply(rendered(folder, "broken"))
    kube.until("the failure", lambda: "cannot alter table beads" in _log(job, fail=False), seconds=90)
    kube.until("a new pod that waits", _waiting, seconds=90)
    assert _images() == served
    [deployment] = [d for d in kube.get("deployments", NAMESPACE) if d["metadata"]["name"] == "loom"]
    assert deployment["status"]["availableReplicas"] == 2

    # back, and then on: the one before starts at once, and the next one goes through
    apply(rendered(folder, "first"))
    comes_up()
    assert _images() == served
    job = apply(rendered(folder, "next"))
    comes_up()
    assert _images() == {f"{REPOSITORY}:next"}
    recorded = "SELECT string_agg(image, ' ' ORDER BY at) FROM loom_constructs.releases"
    command = ["exec", "-n", NAMESPACE, "loom-db-0", "-c", "postgres", "--", "psql", "-d", "loom", "-XAtc", recorded]
    print(f"\nmigrated: {kube.kubectl(*command).strip()}")
    assert kube.kubectl(*command).split() == [f"{REPOSITORY}:{tag}" for tag in ("today", "first", "next")]


def _log(job: str, *, fail: bool = True) -> str:
    return kube.kubectl("logs", "-n", NAMESPACE, f"job/{job}", "-c", "migrate", fail=fail)


def _images() -> set[str]:
    """What the ready pods run."""
    pods = kube.get("pods", NAMESPACE, "-l", "app=loom")
    ready = [p for p in pods if all(s["ready"] for s in p["status"].get("containerStatuses", [{"ready": False}]))]
    return {p["spec"]["containers"][0]["image"] for p in ready if "deletionTimestamp" not in p["metadata"]}


def _waiting() -> bool:
    pods = kube.get("pods", NAMESPACE, "-l", "app=loom")
    new = [p["metadata"]["name"] for p in pods if p["spec"]["containers"][0]["image"].endswith(":broken")]
    said = [kube.kubectl("logs", "-n", NAMESPACE, name, "-c", "migrate", fail=False) for name in new]
    return any("waiting for Job loom-migrate to migrate the database for release" in text for text in said)
