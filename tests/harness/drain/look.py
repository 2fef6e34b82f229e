"""What is there at the moment."""

from __future__ import annotations

import json
from typing import Any

from tests import kube

from .rendered import NAMESPACE

Object = dict[str, Any]


def create(*objects: Object) -> None:
    items = [{**o, "metadata": {k: v for k, v in o["metadata"].items() if k != "uid"}} for o in objects]
    kube.kubectl("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def of(deployment: str) -> str:
    return f"app.kubernetes.io/instance={deployment}"


def pods(deployment: str) -> list[Object]:
    return [p for p in kube.get("pods", NAMESPACE, "-l", of(deployment)) if "deletionTimestamp" not in p["metadata"]]


def at_work(job: str) -> Object | None:
    pods = kube.get("pods", NAMESPACE, "-l", f"batch.kubernetes.io/job-name={job}")
    return next((p for p in pods if p["status"]["phase"] == "Running"), None)


def status(budget: str) -> Object:
    found: Object = json.loads(kube.kubectl("get", "pdb", budget, "-n", NAMESPACE, "-o", "json")).get("status", {})
    return found


def zonal(zone: str) -> set[str]:
    """Pods whose volume is in a zone."""
    pods = [p for p in kube.get("pods", NAMESPACE) if p["status"]["phase"] == "Running"]
    return {p["metadata"]["name"] for p in pods if bound(p) and p["spec"]["nodeName"].startswith(zone)}


def bound(pod: Object) -> bool:
    """Whether a pod has a volume of its own, which is of a zone."""
    owners = {o["kind"] for o in pod["metadata"].get("ownerReferences", [])}
    return "StatefulSet" in owners and any("persistentVolumeClaim" in v for v in pod["spec"]["volumes"])


def waiting() -> set[str]:
    """Pods that no node can take."""
    pods = kube.get("pods", NAMESPACE, "--field-selector=status.phase=Pending")
    return {p["metadata"]["name"] for p in pods if "nodeName" not in p["spec"]}


def unready() -> set[str]:
    """Pods of programs that are not ready."""
    found = set()
    for pod in kube.get("pods", NAMESPACE):
        states = {c["type"]: c["status"] for c in pod["status"].get("conditions", [])}
        if pod["status"]["phase"] not in ("Succeeded", "Failed") and states.get("Ready") != "True":
            found.add(pod["metadata"]["name"])
    return found


def shown(ready: dict[str, int]) -> str:
    return ", ".join(f"{n.partition('/')[2]} {k}" for n, k in sorted(ready.items()) if n.startswith("Service/"))
