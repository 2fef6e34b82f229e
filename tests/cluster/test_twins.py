"""The network policies for a mesh that cannot run here: busybox pods with the labels and ports of meshed ones.

What is not real is the proxy; what is, is every packet to 4143, 4190, 4191 and to Linkerd's control plane.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import kube
from tests.cluster.measured import compare, prober
from tests.conftest import ROOT
from tests.pods import pod_spec, template, workloads

Object = dict[str, Any]

MESH_PORTS = (4143, 4190, 4191)
CONTROL_PLANE_PORTS = (8080, 8086, 8090)
CASES = {
    "production": ("dist/production", "production"),
    "local with the add-on": ("dist/local", "dist/local/linkerd", "local-linkerd"),
}


@pytest.fixture(params=CASES, ids=lambda name: name.replace(" ", "-"))
def twins(request: pytest.FixtureRequest) -> Iterator[tuple[list[str], list[Object]]]:
    """Namespaces with twins in them, and the policies that were applied."""
    kube.needed()
    prober()
    *folders, table = CASES[request.param]
    objects = [o for f in folders for path in (ROOT / f).glob("*.k8s.yaml") for o in _objects(path)]
    peers = json.loads((ROOT / "docs" / "traffic" / f"{table}.json").read_text())["peers"]
    around = [p for p in peers.values() if p.get("namespace") not in (None, "loom", "kube-system")]
    namespaces = sorted({"loom", "elsewhere", *(p["namespace"] for p in around)})
    taken = [n for n in namespaces if kube.kubectl("get", "namespace", n, "--ignore-not-found").strip()]
    if taken:
        pytest.fail(f"namespaces {', '.join(taken)} exist already: this proof makes and deletes them")
    try:
        for name in namespaces:
            kube.kubectl("create", "namespace", name)
        policies = [o for o in objects if o["kind"] == "NetworkPolicy"]
        pods = [_twin(w) for w in workloads(objects)]
        # what an operator makes is outside of the mesh
        pods += [
            _pod(o["metadata"]["name"], "loom", {"cnpg.io/cluster": o["metadata"]["name"]}, [5432, 8000, 9187])
            for o in objects
            if o["kind"] == "Cluster"
        ]
        pods += [_somebody(i, p["namespace"], p["labels"]) for i, p in enumerate(around)]
        pods.append(_somebody(99, "elsewhere", {"app": "stranger"}))
        kube.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all([*policies, *pods]))
        for name in namespaces:
            kube.kubectl("wait", "pods", "--all", "-n", name, "--for=condition=Ready", "--timeout=180s")
        yield namespaces, policies
    finally:
        kube.kubectl("delete", "namespace", *namespaces, "--ignore-not-found", "--wait")


def test_what_was_measured_is_what_reach_says(twins: tuple[list[str], list[Object]]) -> None:
    namespaces, policies = twins

    assert compare(namespaces, policies) > 1000


def _objects(path: Path) -> list[Object]:
    return [o for o in yaml.safe_load_all(path.read_text()) if o]


def _twin(workload: Object) -> Object:
    metadata = template(workload)["metadata"]
    assert metadata["annotations"]["linkerd.io/inject"] == "enabled"
    # the label that Linkerd's injector adds
    labels = {**metadata["labels"], "linkerd.io/control-plane-ns": "linkerd"}
    ports = [p["containerPort"] for c in pod_spec(workload)["containers"] for p in c.get("ports", [])]
    return _pod(workload["metadata"]["name"], "loom", labels, [*ports, *MESH_PORTS])


def _somebody(number: int, namespace: str, labels: dict[str, str]) -> Object:
    return _pod(f"somebody-{number}", namespace, labels, [*CONTROL_PLANE_PORTS, *MESH_PORTS])


def _pod(name: str, namespace: str, labels: dict[str, str], ports: list[int]) -> Object:
    listeners = "".join(f"httpd -p {port} -h /tmp && " for port in ports)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {
                    "name": "twin",
                    "image": "busybox:1.37.0",
                    "command": ["sh", "-c", f"{listeners} exec sleep 3600"],
                    "ports": [{"containerPort": port} for port in ports],
                    "securityContext": {"runAsUser": 65534},
                }
            ],
        },
    }
