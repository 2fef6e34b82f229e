"""Brings a PostgreSQL server back to a moment: asks the archive, stops the server, restores, starts it again."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .jobs import ARCHIVE, cron_job, run_now
from .kubectl import DeliveryError, kubectl, refuse_other_environment

STOP_SECONDS = 180
"""A server has two minutes to stop."""


def moment(text: str) -> str:
    """A target as the Job takes it: `latest`, a position such as 0/3000060, or a moment in UTC.

    Raises:
        DeliveryError: It is none of them; a moment without a zone could be any of a day.
    """
    if text == "latest" or re.fullmatch(r"[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}", text):
        return text
    try:
        known = datetime.fromisoformat(text)
    except ValueError:
        known = None
    if known is None or known.tzinfo is None:
        raise DeliveryError(
            "--at must be latest, a moment with its zone, such as 2026-01-31T14:05:00Z or 2026-01-31T15:05:00+01:00, "
            f"or a position in the log such as 0/3000060, got {text}"
        )
    return known.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def restore_to(
    target: str,
    *,
    namespace: str,
    environment: str,
    dry_run: bool = False,
    overwrite: bool = False,
    timeout: int = 4 * 3600,
    say: Callable[[str], None] = print,
    pause: float = 2,
) -> None:
    """Restores all databases of the archived server to a target of `moment`.

    It asks the archive first, so what cannot be restored stops nothing. What is in the server is put aside on its
    volume. Its clients are not stopped: they lose their connections, and see old data afterwards.

    Args:
        dry_run: Only asks.
        overwrite: What is in the server now may be put aside.
        timeout: Seconds that each Job may take.

    Raises:
        DeliveryError: It cannot be restored; or it was not to be, without `overwrite`.
    """
    refuse_other_environment(namespace, environment)
    target = moment(target)
    [container] = cron_job("restore", namespace, ARCHIVE)["spec"]["jobTemplate"]["spec"]["template"]["spec"][
        "containers"
    ]
    server = next(v["value"] for v in container["env"] if v["name"] == "PGHOST")
    where: dict[str, Any] = {
        "namespace": namespace,
        "environment": environment,
        "program": ARCHIVE,
        "timeout": timeout,
        "say": say,
        "pause": pause,
    }
    # in the drill's pod: it does not mount the server's volume, which may be on another node while the server runs
    run_now("drill", env={"TARGET": target, "DRY_RUN": "yes"}, command=container["command"], **where)
    if dry_run:
        return
    if not overwrite:
        raise DeliveryError(
            f"all databases of {server} would go back to {target}; nothing was changed "
            "(--overwrite does it; what is there now is put aside on its volume)"
        )
    began = time.monotonic()
    _stop(server, namespace, say, pause)
    try:
        run_now("restore", env={"TARGET": target, "SERVER_STOPPED": "yes"}, **where)
    finally:
        # whatever came of it, the server's data is whole: as it was, or as it is wanted
        if running := _running(namespace):
            say(f"job {running} still works on the data of {server}, so that stays down; when it has ended: ")
            say(f"kubectl scale statefulset {server} --namespace {namespace} --replicas 1")
        else:
            kubectl("scale", "statefulset", server, "--namespace", namespace, "--replicas", "1")
    kubectl("rollout", "status", f"statefulset/{server}", "--namespace", namespace, f"--timeout={timeout}s")
    say(f"{server} was away for {time.monotonic() - began:.0f} s; now the base backup that the new timeline needs")
    run_now("base", **where)


def _stop(server: str, namespace: str, say: Callable[[str], None], pause: float) -> None:
    """Scales the server down and waits until it has no pod: a volume may have one user only."""
    known = json.loads(kubectl("get", "statefulset", server, "--namespace", namespace, "-o", "json"))
    selector = ",".join(f"{k}={v}" for k, v in known["spec"]["selector"]["matchLabels"].items())
    say(f"{server} is stopped")
    kubectl("scale", "statefulset", server, "--namespace", namespace, "--replicas", "0")
    end = time.monotonic() + STOP_SECONDS
    while json.loads(kubectl("get", "pods", "--namespace", namespace, "--selector", selector, "-o", "json"))["items"]:
        if time.monotonic() > end:
            kubectl("scale", "statefulset", server, "--namespace", namespace, "--replicas", "1")
            raise DeliveryError(f"{server} did not stop within {STOP_SECONDS} s; nothing was changed")
        time.sleep(pause)


def _running(namespace: str) -> str | None:
    selector = f"app.kubernetes.io/name={ARCHIVE},app.kubernetes.io/component=restore"
    jobs = json.loads(kubectl("get", "jobs", "--namespace", namespace, "--selector", selector, "-o", "json"))["items"]
    return next((j["metadata"]["name"] for j in jobs if j.get("status", {}).get("active")), None)
