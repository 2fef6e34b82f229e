"""A failed drill on a real cluster is a number at the exporter, and an alert in a real Prometheus."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cdk8s import App, Chart, Duration, Size

from loom_constructs import (
    Database,
    Namespace,
    NetworkPolicies,
    PostgresBackup,
    PostgresCluster,
    PostgresExporter,
    PrometheusRules,
    SecretRef,
    backup_alerts,
    postgres_alerts,
)
from loom_constructs.delivery import DeliveryError, run_now
from tests import kube
from tests.servers.conftest import free_port

NAMESPACE = "loom-alerts"
ENVIRONMENT = "proof"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("alerts")
    app = App(outdir=str(folder))
    Namespace(Chart(app, "namespace"), "namespace", name=NAMESPACE, labels={"environment": ENVIRONMENT})
    chart = Chart(app, "data", namespace=NAMESPACE, disable_resource_name_hashes=True)
    postgres = PostgresCluster(
        chart, "postgres", databases=[Database("loom", SecretRef("owner"))], monitor=SecretRef("monitor")
    )
    backup = PostgresBackup(chart, "backup", of=postgres)
    # what is damaged stays so: trying again would only take time
    backup.drill.manifest.body["spec"]["jobTemplate"]["spec"]["backoffLimit"] = 0
    assert postgres.monitor is not None
    exporter = PostgresExporter(chart, "exporter", database=postgres.monitor)
    NetworkPolicies(chart, "policies")
    PrometheusRules(
        Chart(app, "rules", namespace=NAMESPACE, disable_resource_name_hashes=True),
        "rules",
        name="data",
        groups={
            "backups": backup_alerts(exporter.target, max_age=Duration.hours(26)),
            "postgres": postgres_alerts(exporter.target, slot_limit=Size.gibibytes(2)),
        },
        runbooks="https://docs.example.org/runbooks",
    )
    app.synth()
    return [o for f in sorted(folder.glob("*.k8s.yaml")) for o in yaml.safe_load_all(f.read_text()) if o]


@pytest.fixture(scope="module")
def exporter(rendered: list[dict[str, Any]]) -> Iterator[str]:
    """The address of the exporter's pod: this machine is the node, which reaches every pod."""
    kube.needed()
    if kube.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found").strip():
        pytest.fail(f"namespace {NAMESPACE} exists already: this proof makes and deletes it, so it stops here")
    try:
        for each in sorted(rendered, key=lambda o: o["kind"] != "Namespace"):
            if each["kind"] == "PrometheusRule":
                continue
            kube.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(each))
        for name in ("owner", "monitor"):
            data = {"username": f"loom_{name}", "password": f"{name}-password"}
            secret = {k: base64.b64encode(v.encode()).decode() for k, v in data.items()}
            body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": NAMESPACE}}
            kube.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps({**body, "data": secret}))
        kube.wait_ready(NAMESPACE, seconds=240)
        [pod] = kube.get("pods", NAMESPACE, "-l", "app.kubernetes.io/name=postgres-exporter")
        yield f"{pod['status']['podIP']}:9187"
    finally:
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait")


def verdicts(address: str) -> dict[str, float]:
    text = urllib.request.urlopen(f"http://{address}/metrics", timeout=20).read().decode()
    found = re.findall(r'^loom_verdict_(\w+)\{kind="(\w+)"[^}]*\} (\S+)$', text, re.M)
    return {f"{kind} {name}": float(value) for name, kind, value in found}


@pytest.mark.long
def test_a_backup_and_a_failed_drill_are_numbers_and_an_alert(
    exporter: str, rendered: list[dict[str, Any]], tmp_path: Path
) -> None:
    if shutil.which("prometheus") is None:
        pytest.skip("needs prometheus on the PATH")
    where: dict[str, Any] = {"namespace": NAMESPACE, "environment": ENVIRONMENT, "timeout": 120, "say": lambda _: None}
    assert verdicts(exporter) == {}

    began = time.time()
    run_now("backup", **where)
    found = kube.until("the verdict", lambda: verdicts(exporter), seconds=20)
    assert found["backup good"] == 1 and found["backup bytes"] > 0
    assert began - 2 <= found["backup last_success_timestamp_seconds"] <= time.time() + 2

    with prometheus(exporter, rendered, tmp_path) as ask:
        kube.until("a scrape", lambda: ask("query?query=pg_up")["result"], seconds=30)
        assert firing(ask) == {"DrillMissing"}, "no drill has run yet"

        damage = "cd /var/backup && newest=$(ls -1d [0-9]*Z | tail -n 1) && truncate -s 1000 $newest/loom.dump"
        run_now("backup", command=["sh", "-c", damage], **where)
        with pytest.raises(DeliveryError, match="is damaged: a checksum differs"):
            run_now("drill", **where)
        failed = time.monotonic()
        assert verdicts(exporter)["drill good"] == 0

        kube.until("the alert", lambda: firing(ask) == {"DrillMissing", "DrillFailed"}, seconds=60, pause=0.5)
        print(
            f"\nDrillFailed fired {time.monotonic() - failed:.0f} s after the Job was seen to have failed; it waits 10 s from the verdict, here"
        )


class prometheus:
    """A Prometheus on this machine that scrapes the exporter and evaluates the rendered rules.

    Its operator would give the labels `namespace` and `job`. Alerts wait 10 seconds, whatever they say.
    """

    def __init__(self, address: str, rendered: list[dict[str, Any]], folder: Path) -> None:
        [rules] = [o for o in rendered if o["kind"] == "PrometheusRule"]
        groups = [
            {**group, "rules": [{**rule, "for": "10s"} for rule in group["rules"]]} for group in rules["spec"]["groups"]
        ]
        (folder / "rules.yaml").write_text(json.dumps({"groups": groups}))
        target = {"targets": [address], "labels": {"namespace": NAMESPACE}}
        config = {
            "global": {"scrape_interval": "2s", "evaluation_interval": "2s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [{"job_name": "loom-db-exporter", "static_configs": [target]}],
        }
        (folder / "prometheus.yaml").write_text(json.dumps(config))
        self._folder, self._port = folder, free_port()

    def __enter__(self) -> Any:
        log = open(self._folder / "log", "wb")
        self._process = subprocess.Popen(
            [
                "prometheus",
                "--config.file=prometheus.yaml",
                f"--storage.tsdb.path={self._folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self._port}",
            ],
            cwd=self._folder,
            stdout=log,
            stderr=log,
        )
        log.close()
        return self._ask

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)

    def _ask(self, path: str) -> Any:
        url = f"http://127.0.0.1:{self._port}/api/v1/{path}"
        return json.loads(urllib.request.urlopen(url, timeout=10).read())["data"]


def firing(ask: Any) -> set[str]:
    """The alerts that fire, once nothing is about to."""
    return set(
        kube.until(
            "no pending alert",
            lambda: [
                [a["labels"]["alertname"] for a in found if a["state"] == "firing"]
                for found in [ask("alerts")["alerts"]]
                if found and all(a["state"] == "firing" for a in found)
            ],
            seconds=60,
            pause=0.5,
        )[0]
    )
