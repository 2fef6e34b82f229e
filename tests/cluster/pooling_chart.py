"""PostgreSQL, two poolers, and the judge that asks through them, in a namespace of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from cdk8s import App, Chart, Size

from loom_constructs import (
    Claim,
    Container,
    Cpu,
    Database,
    EmbeddedPostgres,
    Namespace,
    NetworkPolicies,
    Peer,
    PgBouncer,
    PostgresCluster,
    Resources,
    SecretRef,
)
from loom_constructs.kubernetes import Kind, Labels, Workload
from tests import kube
from tests.harness import pooling_judge

NAMESPACE = "pooling-proof"
CLIENTS = 100
_JUDGE = "loom-constructs.test/pooling:1"


def rendered(folder: Path, **poolers: Any) -> str:
    """All of it, as YAML."""
    app = App(outdir=str(folder))
    chart = Chart(app, "pooling", namespace=NAMESPACE, disable_resource_name_hashes=True)
    Namespace(chart, "namespace", name=NAMESPACE)
    login = SecretRef("login")
    postgres = PostgresCluster(
        chart,
        "postgres",
        databases=[Database("loom", login)],
        engine=EmbeddedPostgres(
            storage=Claim(Size.gibibytes(1)),
            resources=Resources(
                cpu=Cpu.millis(100),
                memory=Size.mebibytes(512),
                cpu_limit=Cpu.units(2),
                memory_limit=Size.mebibytes(512),
            ),
        ),
    )
    pooler = PgBouncer(
        chart, "pgbouncer", upstream=postgres.sql, **{"pool_size": 20, "max_client_conn": 200, **poolers}
    )
    judge = Workload(
        chart,
        "judge",
        kind=Kind.DEPLOYMENT,
        labels=Labels("judge", "judge", "proof", "1"),
        containers=[
            Container(
                name="judge",
                image=_JUDGE,
                args=["-clients", str(CLIENTS), "-seconds", "600", "-pause", "20ms"],
                env={"DSN": pooling_judge.data_source_name("pgbouncer", 5432, "loom")},
                resources=Resources.small(),
            )
        ],
        user=1000,
        grace=60,
    )
    Peer.of(judge).calls(pooler.sql, env={"PGPASSWORD": login.key("password")}, connections=CLIENTS)
    NetworkPolicies(chart, "policies")
    app.synth()
    return (folder / "pooling.k8s.yaml").read_text()


def image(folder: Path) -> None:
    """Makes the judge's image."""
    if shutil.which("cluster") is None:
        pytest.skip("needs `cluster image` on the PATH, which makes an image of the judge")
    root = folder / "root"
    root.mkdir()
    pooling_judge.build(root, CGO_ENABLED="0")
    command = ["cluster", "image", _JUDGE, str(root), "--entrypoint", '["/pooling"]', "--user", "1000"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)


class Judged:
    """What the judge says of what happens while it runs; it starts anew with each `with`."""

    report: dict[str, Any]

    def __enter__(self) -> Judged:
        kube.kubectl("scale", "-n", NAMESPACE, "deployment/judge", "--replicas", "1")
        kube.kubectl("rollout", "status", "-n", NAMESPACE, "deployment/judge", "--timeout=120s")
        [pod] = kube.get("pods", NAMESPACE, "-l", "app.kubernetes.io/instance=judge")
        command = ["kubectl", "logs", "-f", "-n", NAMESPACE, pod["metadata"]["name"], "-c", "judge"]
        self._log = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        kube.kubectl("scale", "-n", NAMESPACE, "deployment/judge", "--replicas", "0")
        said, _ = self._log.communicate(timeout=120)
        self.report = json.loads(said.strip().splitlines()[-1])
        kube.until(
            "the judge's end",
            lambda: not kube.get("pods", NAMESPACE, "-l", "app.kubernetes.io/instance=judge"),
            seconds=60,
        )


def apply(text: str) -> None:
    """Brings it up, with the judge at rest."""
    objects = [o for o in yaml.safe_load_all(text) if o]
    for each in objects:
        if each["kind"] == "Deployment" and each["metadata"]["name"] == "judge":
            each["spec"]["replicas"] = 0
    first = [o for o in objects if o["kind"] == "Namespace"]
    kube.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(first[0]))
    entries = ["--from-literal=username=loom", "--from-literal=password=it's $ecret"]
    kube.kubectl("create", "secret", "generic", "login", "-n", NAMESPACE, *entries)
    kube.kubectl(
        "apply", "--server-side", "-f", "-", stdin=json.dumps({"kind": "List", "apiVersion": "v1", "items": objects})
    )


def pods(name: str) -> set[str]:
    """The names of the pods that do not end."""
    found = kube.get("pods", NAMESPACE, "-l", f"app.kubernetes.io/instance={name}")
    return {p["metadata"]["name"] for p in found if "deletionTimestamp" not in p["metadata"]}
