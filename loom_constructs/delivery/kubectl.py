"""The user's own kubectl, with the user's own context."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any


class DeliveryError(Exception):
    """What the user has to know and mend; shown without a traceback."""


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    """Runs kubectl and returns what it printed.

    Raises:
        DeliveryError: It is not installed, or it failed; with its own words.
    """
    if shutil.which("kubectl") is None:
        raise DeliveryError("kubectl is not on the PATH; see https://kubernetes.io/docs/tasks/tools/")
    done = subprocess.run(["kubectl", *arguments], input=stdin, text=True, capture_output=True, check=False)
    if done.returncode:
        raise DeliveryError(f"kubectl {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def find(kind: str, name: str, *arguments: str) -> dict[str, Any] | None:
    """An object of the cluster, or None."""
    found = kubectl("get", kind, name, "--ignore-not-found", "-o", "json", *arguments)
    return json.loads(found) if found.strip() else None


def refuse_other_environment(namespace: str, environment: str, *, unlabelled: bool = True) -> None:
    """Stops before anything is sent to a namespace that says it is another environment.

    Args:
        unlabelled: Whether a namespace that says nothing will do.

    Raises:
        DeliveryError: It does.
    """
    known = find("namespace", namespace)
    says = known and known["metadata"].get("labels", {}).get("environment")
    if known and not says and not unlabelled:
        raise DeliveryError(f"namespace {namespace} must say that it is of environment {environment}; nothing was sent")
    if says and says != environment:
        context = kubectl("config", "current-context").strip()
        raise DeliveryError(
            f"namespace {namespace} of context {context} must be of environment {environment}, got {says}; "
            "nothing was sent"
        )
