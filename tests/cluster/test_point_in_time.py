"""A server and its archive in a namespace of their own: back to a moment between two known rows, by the command line."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cdk8s import App, Chart, Size

from loom_constructs import (
    Claim,
    Cpu,
    Database,
    EmbeddedPostgres,
    Namespace,
    NetworkPolicies,
    PostgresArchive,
    PostgresCluster,
    Resources,
    SecretRef,
    platform,
)
from loom_constructs.cli import main
from loom_constructs.delivery import create_missing, run_now
from tests import kube

NAMESPACE = "point-in-time"
SMALL = Resources(
    cpu=Cpu.millis(50), memory=Size.mebibytes(128), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(512)
)
STAGING = dataclasses.replace(platform.STAGING, namespace=NAMESPACE)
SECRETS: dict[str, dict[str, str | None]] = {
    "orders-db": {"username": "orders", "password": None},
    "orders-replication": {"username": "archive", "password": None},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    kube.needed()
    if kube.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found").strip():
        pytest.fail(f"namespace {NAMESPACE} exists already: this proof makes and deletes it, so it stops here")
    folder: Path = tmp_path_factory.mktemp("point-in-time")
    app = App(outdir=str(folder))
    labels = {"environment": "staging"}
    around = Chart(app, "namespace", disable_resource_name_hashes=True, labels=labels)
    Namespace(around, "namespace", name=NAMESPACE)
    chart = Chart(app, "data", namespace=NAMESPACE, disable_resource_name_hashes=True, labels=labels)
    postgres = PostgresCluster(
        chart,
        "postgres",
        databases=[Database("orders", SecretRef("orders-db"))],
        engine=EmbeddedPostgres(
            storage=Claim(Size.gibibytes(1)),
            resources=SMALL,
            max_connections=20,
            replication=SecretRef("orders-replication"),
        ),
    )
    PostgresArchive(chart, "archive", of=postgres, storage=Claim(Size.gibibytes(5)), resources=SMALL)
    NetworkPolicies(chart, "policies")
    app.synth()
    try:
        create_missing(
            SECRETS,
            namespace=NAMESPACE,
            environment="staging",
            namespace_object=str(folder / "namespace.k8s.yaml"),
        )
        kube.kubectl("apply", "--server-side", "-f", str(folder / "data.k8s.yaml"))
        kube.wait_ready(NAMESPACE, seconds=180)
        yield
    finally:
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait", "--ignore-not-found")


def sql(query: str) -> str:
    command = ["psql", "-U", "postgres", "-d", "orders", "-XAtc", query]
    return kube.kubectl("exec", "-n", NAMESPACE, "loom-db-0", "-c", "postgres", "--", *command).strip()


def reached() -> int:
    """Until when the archive is complete, by its own words."""
    read = ["sh", "-c", "cat /var/archive/wal/*/reached | sort -n | tail -n 1"]
    said = kube.kubectl("exec", "-n", NAMESPACE, "deployment/loom-db-archive", "--", *read)
    return int(said.split()[0])


@pytest.mark.long
def test_between_two_known_rows(
    server: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(platform, "ENVIRONMENTS", (STAGING,))
    where = {"namespace": NAMESPACE, "environment": "staging", "program": "postgresql-archive", "timeout": 300}
    sql("SET ROLE orders; CREATE TABLE orders (id int PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())")
    run_now("base", **where)
    sql("INSERT INTO orders SELECT i FROM generate_series(1, 1000) i")
    sql("INSERT INTO orders VALUES (1001)")
    time.sleep(1)
    moment = datetime.now(UTC).isoformat()
    time.sleep(1)
    sql("INSERT INTO orders VALUES (1002)")
    sql("DELETE FROM orders WHERE id <= 500")
    now = time.time()
    kube.until("the archive has it", lambda: reached() > now, seconds=60)

    # what cannot be done stops nothing
    before = kube.get("pods", NAMESPACE, "-l", "app.kubernetes.io/instance=loom-db")[0]["metadata"]["uid"]
    assert main(["restore", "staging", "--at", "2020-01-01T00:00:00Z", "--overwrite"]) == 1
    assert "TARGET must not be before the oldest base backup" in capsys.readouterr().err
    assert main(["restore", "staging", "--at", moment.split("+")[0]]) == 1
    assert "--at must be latest, a moment with its zone" in capsys.readouterr().err
    assert main(["restore", "staging", "--at", moment]) == 1
    assert "all databases of loom-db would go back" in capsys.readouterr().err
    assert main(["restore", "staging", "--at", moment, "--dry-run"]) == 0
    assert "dry run: this would be restored" in capsys.readouterr().out
    assert kube.get("pods", NAMESPACE, "-l", "app.kubernetes.io/instance=loom-db")[0]["metadata"]["uid"] == before

    began = time.monotonic()
    assert main(["restore", "staging", "--at", moment, "--overwrite"]) == 0
    said = capsys.readouterr()
    with capsys.disabled():
        print(f"\nback to a moment in {time.monotonic() - began:.0f} s:", *said.out.splitlines(), sep="\n  ")
    assert sql("SELECT count(*), min(id), max(id) FROM orders") == "1001|1|1001"

    # the archive goes on with the new timeline, and can be replayed
    sql("INSERT INTO orders VALUES (2000)")
    now = time.time()
    kube.until("the archive has it", lambda: reached() > now, seconds=60)
    run_now("drill", **where)
    verdicts = sql("SELECT kind, good FROM loom_constructs.verdicts ORDER BY at DESC LIMIT 2").split()
    assert verdicts == ["archive-drill|t", "base|t"]
    kube.kubectl("delete", "jobs", "-n", NAMESPACE, "--all")
