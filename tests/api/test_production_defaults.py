"""Ten workloads of other teams on a real API server, in a namespace that enforces Pod Security `restricted`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cdk8s import App, Chart

from loom_constructs import Namespace, ProductionDefaults, ResourceClass, admission_rules
from tests import kube
from tests.pods import template as template_of
from tests.production.admission.server import server
from tests.production.defaults.ten import NAMES, ten

NAMESPACE = "defaults-proof"
KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


def rendered(folder: Path, defaults: ProductionDefaults | None) -> list[dict[str, Any]]:
    chart = Chart(App(outdir=str(folder)), "ten", namespace=NAMESPACE, disable_resource_name_hashes=True)
    ten(chart)
    if defaults:
        chart.with_(defaults)
    objects: list[dict[str, Any]] = chart.to_json()
    return objects


@pytest.fixture(scope="module")
def namespace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A namespace as ours are, for these proofs alone."""
    kube.needed()
    chart = Chart(App(outdir=str(tmp_path_factory.mktemp("n"))), "n", disable_resource_name_hashes=True)
    Namespace(chart, "namespace", name=NAMESPACE)
    kube.kubectl("apply", "-f", "-", stdin=json.dumps(chart.to_json()[0]))
    yield NAMESPACE
    kube.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The ten with the defaults."""
    defaults = ProductionDefaults(environment="production", users=10001, resources=ResourceClass.SMALL)
    return rendered(tmp_path_factory.mktemp("with"), defaults)


def ask(*objects: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """What the API server says to objects, without keeping them."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    command = ["kubectl", "apply", "--dry-run=server", "-f", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def pod_of(objects: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """A pod of a workload, under the account that is there already: admission looks at pods, not at templates."""
    [workload] = [o for o in objects if o["kind"] in KINDS and o["metadata"]["name"] == name]
    spec = {**template_of(workload)["spec"], "serviceAccountName": "default"}
    if workload["kind"] == "StatefulSet":
        spec["volumes"] = [*(spec.get("volumes") or []), {"name": "data", "persistentVolumeClaim": {"claimName": "d"}}]
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"restartPolicy": "Always", **spec}}


def test_all_ten_are_accepted_without_a_warning(namespace: str, finished: list[dict[str, Any]]) -> None:
    done = ask(*finished)

    assert done.returncode == 0, done.stderr
    assert not done.stderr, f"a warning is a failure: {done.stderr}"
    assert len(done.stdout.splitlines()) == len(finished)


@pytest.mark.parametrize("security", [None, False], ids=["without the defaults", "without their security"])
def test_their_pods_are_refused_without_and_accepted_with(
    namespace: str, finished: list[dict[str, Any]], tmp_path: Path, security: bool | None
) -> None:
    off = ProductionDefaults(security=False, users=None, resources=ResourceClass.SMALL)
    bare = rendered(tmp_path, None if security is None else off)

    for name in set(NAMES) - {"ours"}:  # ours is hardened by itself
        good, bad = ask(pod_of(finished, name)), ask(pod_of(bare, name))
        assert good.returncode == 0 and not good.stderr, f"{name}: {good.stderr}"
        assert bad.returncode != 0 and 'violates PodSecurity "restricted' in bad.stderr, f"{name}: {bad.stderr}"


def test_our_own_rules_let_in_the_ten_and_none_of_them_without(finished: list[dict[str, Any]], tmp_path: Path) -> None:
    bare = rendered(tmp_path, None)

    with server(admission_rules(), prefix="defaults-rules") as judge:
        denied = {o["metadata"]["name"]: judge.create(o, judge.refusing).denied for o in finished if o["kind"] in KINDS}
        refused = {o["metadata"]["name"] for o in bare if o["kind"] in KINDS and judge.create(o, judge.refusing).denied}

    assert denied == dict.fromkeys(NAMES)
    assert refused == set(NAMES)  # ours too: only the environment's label is not there
