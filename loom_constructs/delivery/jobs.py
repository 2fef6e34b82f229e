"""Starts by hand what CronJobs do by themselves: a backup, a drill, a restore."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .kubectl import DeliveryError, kubectl, refuse_other_environment

DATABASES = "postgresql-backup"
ARCHIVE = "postgresql-archive"
STREAM = "nats-stream-backup"


def run_now(
    component: str,
    *,
    namespace: str,
    environment: str,
    of: str = DATABASES,
    env: Mapping[str, str] | None = None,
    command: Sequence[str] | None = None,
    timeout: int = 4 * 3600,
    say: Callable[[str], None] = print,
    pause: float = 2,
) -> None:
    """Makes a Job from the CronJob of a backup and waits for its end.

    Args:
        component: `backup`, `drill` or `restore`; of an archive `base`, `drill` or `restore`.
        of: Whose: the label `app.kubernetes.io/name` of its CronJobs.
        env: Further variables of its containers, of those too that come before.
        command: What it runs instead, with the same volumes and rights.
        timeout: Seconds until it is no longer waited for; the Job goes on.
        say: Takes what the Job printed.

    Raises:
        DeliveryError: There is no such CronJob, or the Job failed.
    """
    refuse_other_environment(namespace, environment)
    job = _job(cron_job(component, namespace, of), env or {}, command)
    name = job["metadata"]["name"]
    kubectl("create", "-f", "-", stdin=json.dumps(job))
    say(f"job {name} of namespace {namespace}")
    end = time.monotonic() + timeout
    while True:
        status = json.loads(kubectl("get", "job", name, "--namespace", namespace, "-o", "json")).get("status", {})
        over = {c["type"] for c in status.get("conditions", []) if c["status"] == "True"} & {"Complete", "Failed"}
        if over:
            break
        if time.monotonic() > end:
            raise DeliveryError(
                f"job {name} runs on after {timeout} s; kubectl logs --namespace {namespace} job/{name}"
            )
        time.sleep(pause)
    printed = kubectl("logs", "--namespace", namespace, f"job/{name}", "--container", component).strip()
    if "Failed" in over:
        raise DeliveryError(f"job {name} failed: {printed or 'it printed nothing'}")
    say(printed)


def cron_job(component: str, namespace: str, of: str = DATABASES) -> dict[str, Any]:
    """The one CronJob of a program that has this component."""
    selector = f"app.kubernetes.io/name={of},app.kubernetes.io/component={component}"
    found = json.loads(kubectl("get", "cronjobs", "--namespace", namespace, "--selector", selector, "-o", "json"))
    if len(found["items"]) != 1:
        names = ", ".join(i["metadata"]["name"] for i in found["items"]) or "none"
        raise DeliveryError(f"namespace {namespace} must have one CronJob labelled {selector}, got {names}")
    only: dict[str, Any] = found["items"][0]
    return only


def _job(cron_job: Mapping[str, Any], env: Mapping[str, str], command: Sequence[str] | None) -> dict[str, Any]:
    metadata, template = cron_job["metadata"], cron_job["spec"]["jobTemplate"]
    if command:
        # somebody looks at what it says, and at nothing else: it is tried once
        template["spec"]["backoffLimit"] = 0
    pod = template["spec"]["template"]["spec"]
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        if command and container in pod["containers"]:
            container["command"] = list(command)
        container["env"] = [*container.get("env", []), *({"name": n, "value": v} for n, v in env.items())]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": f"{metadata['name']}-{time.strftime('%m%d%H%M%S', time.gmtime())}",
            "namespace": metadata["namespace"],
            "labels": template.get("metadata", {}).get("labels", {}),
            "annotations": {"cronjob.kubernetes.io/instantiate": "manual"},
        },
        "spec": template["spec"],
    }
