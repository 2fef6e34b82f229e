"""Sends a rendered environment to the cluster, and takes it away again."""

from __future__ import annotations

import json
from pathlib import Path

from .kubectl import DeliveryError, kubectl, refuse_other_environment

KEPT = ("Namespace", "PersistentVolumeClaim")
"""Kinds that hold data, or whose removal would remove what does."""


def apply(folder: Path, *, namespace: str, environment: str) -> str:
    """Applies a folder server-side, after a look at where it goes. What the files say holds, whoever said otherwise.

    Without `--force-conflicts` an earlier `kubectl apply -k` of the same files would be in the way: the server fills in
    parts of lists that have one owner as a whole, such as claim templates. What the files do not say, such as the
    replicas of agents, stays as it is.
    """
    _rendered(folder)
    refuse_other_environment(namespace, environment)
    return kubectl("apply", "--server-side", "--force-conflicts", "-k", str(folder))


def delete(folder: Path, *, namespace: str, environment: str, claims: bool = False) -> str:
    """Deletes what a folder applied. Claims and Secrets stay, and with them the data, unless `claims` is set.

    What is the whole cluster's, such as what the API server refuses, goes in both cases.
    """
    _rendered(folder)
    refuse_other_environment(namespace, environment, unlabelled=not claims)
    if claims:
        return _delete_cluster_wide(folder) + kubectl("delete", "namespace", namespace, "--ignore-not-found")
    rendered = json.loads(kubectl("apply", "--dry-run=client", "-o", "json", "-k", str(folder)))
    rendered["items"] = [item for item in rendered["items"] if item["kind"] not in KEPT]
    deleted = kubectl("delete", "--ignore-not-found", "-f", "-", stdin=json.dumps(rendered))
    # a Job's name changes with its content: earlier ones are not in the folder any more
    ours = "app.kubernetes.io/part-of=loom,app.kubernetes.io/managed-by=cdk8s"
    return deleted + kubectl("delete", "jobs", "--namespace", namespace, "--selector", ours)


def _delete_cluster_wide(folder: Path) -> str:
    """What does not go with its namespace. The files say it, not the server: that may not know all kinds any more."""
    import yaml

    rendered = yaml.safe_load_all(kubectl("kustomize", str(folder)))
    items = [o for o in rendered if o["kind"] not in KEPT and "namespace" not in o["metadata"]]
    if not items:
        return ""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    return kubectl("delete", "--ignore-not-found", "-f", "-", stdin=text)


def _rendered(folder: Path) -> None:
    if not (folder / "kustomization.yaml").is_file():
        raise DeliveryError(f"{folder} is not there; render it first (make synth)")
