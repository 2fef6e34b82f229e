"""Programs that read a Secret once are restarted when it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk8s import ApiObject
from constructs import IConstruct

from ...kubernetes import Manifest, SecretRef, checks

ANNOTATION = "secret.reloader.stakater.com/reload"
_KINDS = ("Deployment", "StatefulSet", "DaemonSet")


def restart_on_change(scope: IConstruct, *secrets: SecretRef) -> tuple[str, ...]:
    """Lets Stakater's Reloader replace the pods of workloads whose containers have one of these Secrets in variables.

    Pods are replaced as by a change of the workload: one after the other, each new one ready first. Reloader must be in
    the cluster; without it nothing happens. Programs that follow their files (PgBouncer, the embedded PostgreSQL) are
    left alone, and so are Jobs: the next one reads anew.

    Args:
        scope: Everything in it: a chart, or one construct. Call it when the workloads are there.
        secrets: Which ones. A password that is the only one is refused between its change and the restart: of a
            database use two logins. Never `loom-secret` of Loom without need: LOOM_PASSWORD unlocks its key store, and
            with another one the keys in it are lost.

    Returns:
        The workloads, as `Kind/name`.

    Raises:
        ValueError: None of them has one of these Secrets in a variable.
    """
    for secret in secrets:
        checks.instance("secrets", secret, SecretRef)
    found = []
    for node in scope.node.find_all():
        if not isinstance(node, ApiObject):
            continue
        content = node.content if isinstance(node, Manifest) else node.to_json()
        if content["kind"] not in _KINDS:
            continue
        read = sorted({s.name for s in secrets} & _in_variables(content))
        if read:
            node.metadata.add_annotation(ANNOTATION, ",".join(read))
            found.append(f"{content['kind']}/{content['metadata']['name']}")
    if not found:
        names = ", ".join(s.name for s in secrets)
        raise checks.refuse("secrets", "in a variable of a workload in the scope", names)
    return tuple(found)


def _in_variables(workload: Mapping[str, Any]) -> set[str]:
    names: set[str] = set()
    for container in workload["spec"]["template"]["spec"]["containers"]:
        names |= {v["valueFrom"]["secretKeyRef"]["name"] for v in container.get("env", []) if _from_secret(v)}
        names |= {e["secretRef"]["name"] for e in container.get("envFrom", []) if "secretRef" in e}
    return names


def _from_secret(variable: Mapping[str, Any]) -> bool:
    return "secretKeyRef" in variable.get("valueFrom", {})
