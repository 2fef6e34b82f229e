"""dist/ on a real API server, with the real definitions and Pod Security `restricted` enforced."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests import kube
from tests.conftest import ROOT
from tests.pods import template as template_of

ENVIRONMENTS = ("local", "staging", "production")


@pytest.fixture(scope="module")
def api() -> Iterator[None]:
    """A server without our namespace, and with the definitions that our schemas name."""
    kube.needed()
    definitions = os.environ.get("LOOM_CRDS")
    if not definitions:
        pytest.skip("needs the real custom resource definitions: LOOM_CRDS names no folder")
    for schema in sorted((ROOT / "imports" / "schemas").glob("*.yaml")):
        for ours in yaml.safe_load_all(schema.read_text()):
            name = f"{ours['spec']['names']['plural']}.{ours['spec']['group']}"
            # of the Gateway API there are two: gateway-api-1.2.1, which Linkerd understands, sorts first
            found = sorted(Path(definitions).rglob(f"{name}.yaml"), key=str)
            assert found, f"LOOM_CRDS has no {name}.yaml"
            kube.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(found[0]))
            kube.established(name)
    yield


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest, api: None) -> Iterator[str]:
    """A freshly made namespace with the environment's labels, and nothing else of ours."""
    if kube.kubectl("get", "namespace", "loom", "--ignore-not-found").strip():
        pytest.fail("namespace loom exists already: this proof makes and deletes it, so it stops here")
    kube.kubectl("apply", "--server-side", "-f", str(ROOT / "dist" / request.param / "namespace.k8s.yaml"))
    kube.priorities(request.param)
    yield request.param
    kube.kubectl("delete", "namespace", "loom", "--wait")


def test_the_server_accepts_everything_without_a_warning(environment: str) -> None:
    done = subprocess.run(
        ["kubectl", "apply", "--server-side", "--dry-run=server", "-k", str(ROOT / "dist" / environment)],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert not done.stderr, f"a warning is a failure: {done.stderr}"
    assert len(done.stdout.splitlines()) == _objects(environment)


@pytest.mark.parametrize("add_on", ["linkerd", "admission"])
def test_the_server_accepts_add_ons_too(api: None, add_on: str) -> None:
    """They are applied on top of the environment they belong to."""
    kube.kubectl("apply", "--server-side", "-f", str(ROOT / "dist" / "local" / "namespace.k8s.yaml"))
    try:
        folder = ROOT / "dist" / "local" / add_on
        command = ["kubectl", "apply", "--server-side", "--dry-run=server", "-k", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert len(done.stdout.splitlines()) == _objects(f"local/{add_on}")
    finally:
        kube.kubectl("delete", "namespace", "loom", "--wait")


def test_pods_pass_restricted_and_a_root_twin_does_not(environment: str) -> None:
    """A workload is accepted whatever its pods are; so the pods themselves are tried."""
    tried = 0
    for file in (ROOT / "dist" / environment).glob("*.k8s.yaml"):
        for workload in yaml.safe_load_all(file.read_text()):
            if not {"template", "jobTemplate"} & set(workload.get("spec", {})):
                continue
            template = template_of(workload)
            kube.kubectl(
                "apply",
                "--server-side",
                "-n",
                "loom",
                "-f",
                "-",
                stdin=json.dumps(
                    {
                        "apiVersion": "v1",
                        "kind": "ServiceAccount",
                        "metadata": {"name": template["spec"]["serviceAccountName"]},
                    }
                ),
            )
            pod = {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": workload["metadata"]["name"], **template["metadata"]},
                "spec": template["spec"],
            }
            if workload["kind"] == "StatefulSet":
                pod["spec"]["volumes"].append({"name": "data", "emptyDir": {}})
            kube.kubectl("create", "--dry-run=server", "-n", "loom", "-f", "-", stdin=json.dumps(pod))
            tried += 1

            twin = copy.deepcopy(pod)
            del twin["spec"]["containers"][0]["securityContext"]["capabilities"]
            refused = subprocess.run(
                ["kubectl", "create", "--dry-run=server", "-n", "loom", "-f", "-"],
                input=json.dumps(twin),
                capture_output=True,
                text=True,
            )
            assert refused.returncode != 0 and "violates PodSecurity" in refused.stderr
    assert tried >= 11


def _objects(environment: str) -> int:
    files = (ROOT / "dist" / environment).glob("*.k8s.yaml")
    return sum(1 for f in files for o in yaml.safe_load_all(f.read_text()) if o)
