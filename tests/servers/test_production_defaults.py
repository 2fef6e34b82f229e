"""kube-score over ten workloads of other teams: with the production defaults, and without."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from cdk8s import App, Chart

from loom_constructs import ClusterDns, Mesh, MeshMode, NetworkPolicies, ProductionDefaults, ResourceClass
from tests.production.defaults.ten import ten
from tests.servers.conftest import needed
from tests.servers.test_scanners import CRITICAL, answered


def found(folder: Path, defaults: ProductionDefaults | None) -> set[str]:
    """The critical findings in the ten, and policies for their namespace."""
    app = App(outdir=str(folder))
    chart = Chart(app, "ten", namespace="loom", disable_resource_name_hashes=True)
    ten(chart)
    NetworkPolicies(chart, "policies", mesh=Mesh(MeshMode.OFF), dns=ClusterDns())
    if defaults:
        chart.with_(defaults)
    app.synth()
    command = ["kube-score", "score", "-o", "json", str(folder / "ten.k8s.yaml")]
    scored = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    assert len(scored) > 10, "nothing was looked at"
    return {c["check"]["id"] for s in scored for c in s["checks"] if c["grade"] == CRITICAL and not c["skipped"]}


def test_the_ten_have_no_critical_finding_that_is_not_answered(tmp_path: Path) -> None:
    needed("kube-score")
    defaults = ProductionDefaults(environment="production", users=10001, resources=ResourceClass.SMALL)

    assert found(tmp_path / "with", defaults) <= answered("kube-score")
    # what each effect is for is found where it is off
    without = found(tmp_path / "without", None)
    assert {
        "container-resources",
        "container-ephemeral-storage-request-and-limit",
        "container-security-context-user-group-id",
        "container-security-context-readonlyrootfilesystem",
        "deployment-has-poddisruptionbudget",
        "statefulset-has-poddisruptionbudget",
    } <= without
