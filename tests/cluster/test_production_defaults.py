"""Workloads of other teams come up with the production defaults, and one is rolled without a failed request."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cdk8s import App, Chart

from loom_constructs import Namespace, ProductionDefaults, ResourceClass, ZoneSpread
from tests import kube
from tests.production.defaults.ten import ten

NAMESPACE = "defaults-rolled"
ASK = """
good=0 bad=0
while [ ! -f /tmp/stop ]; do
  if timeout 2 wget -q -O /dev/null http://web/; then good=$((good + 1)); else bad=$((bad + 1)); fi
done
echo "$good $bad"
"""


def rendered(folder: Path, **arguments: Any) -> list[dict[str, Any]]:
    """A namespace, `web` (cdk8s-plus, two pods behind a Service) and `store` (a generated class, three with claims)."""
    app = App(outdir=str(folder))
    around = Chart(app, "around", disable_resource_name_hashes=True)
    Namespace(around, "namespace", name=NAMESPACE)
    chart = Chart(app, "ten", namespace=NAMESPACE, disable_resource_name_hashes=True)
    ten(chart)
    # one node, and it has no zone
    known = {"users": 10001, "resources": ResourceClass.SCRIPT, "spread": ZoneSpread.SOFT, "min_ready": 2}
    chart.with_(ProductionDefaults(environment="production", **{**known, **arguments}))
    ours = [o for o in chart.to_json() if o["metadata"]["name"] in ("web", "store")]
    return [*around.to_json(), *ours]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    kube.needed()
    objects = rendered(tmp_path_factory.mktemp("up"))
    kube.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    yield
    kube.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def test_they_come_up(up: None) -> None:
    took = kube.wait_ready(NAMESPACE, seconds=180)

    print(f"ready in {took:.0f} s")
    allowed = {b["metadata"]["name"]: b["status"]["disruptionsAllowed"] for b in kube.get("pdb", NAMESPACE)}
    assert allowed == {"web": 1, "store": 1}


def test_a_release_is_rolled_without_a_failed_request(up: None) -> None:
    kube.wait_ready(NAMESPACE, seconds=180)
    good, bad = failures_while_rolled()

    print(f"{good} requests answered, {bad} failed")
    assert good > 100 and bad == 0


def failures_while_rolled() -> tuple[int, int]:
    """Asks all the time from another pod while all pods of `web` are replaced."""
    before = {p["metadata"]["uid"] for p in kube.get("pods", NAMESPACE, "-l", "app=web")}
    kube.kubectl("exec", "-n", NAMESPACE, "store-0", "--", "rm", "-f", "/tmp/stop")
    command = ["kubectl", "exec", "-n", NAMESPACE, "store-0", "--", "sh", "-c", ASK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as asking:
        kube.kubectl("rollout", "restart", "deployment/web", "-n", NAMESPACE)
        kube.kubectl("rollout", "status", "deployment/web", "-n", NAMESPACE, "--timeout=180s")
        kube.until("the old pods' end", lambda: not before & _uids(), seconds=60)
        kube.kubectl("exec", "-n", NAMESPACE, "store-0", "--", "touch", "/tmp/stop")
        out, _ = asking.communicate(timeout=30)
    good, bad = map(int, out.split())
    return good, bad


def _uids() -> set[str]:
    return {p["metadata"]["uid"] for p in kube.get("pods", NAMESPACE)}
