"""Cyclonus' verdicts: another program, in another language, by other people."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests import go

from .policies import PolicySet

Verdicts = list[list[str]]
"""Of each source, for each destination, a digit for each port: 1 if egress allows it, plus 2 if ingress does."""


def build(folder: Path) -> Path:
    """Builds the judge; skips where that is not possible."""
    return go.build(Path(__file__).parent / "judge", folder / "judge")


def ask(program: Path, sets: Iterable[PolicySet]) -> list[Verdicts]:
    """The verdicts on each set."""
    cases = json.dumps([_case(each) for each in sets])
    done = subprocess.run([str(program)], input=cases, text=True, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    verdicts: list[Verdicts] = json.loads(done.stdout)
    return verdicts


def _case(each: PolicySet) -> dict[str, Any]:
    world = each.world
    return {
        "namespaces": world.namespaces,
        "pods": [
            {
                "namespace": pod.namespace,
                "labels": pod.labels,
                "ip": pod.ip,
                "ports": [{**asdict(port), "name": port.name or ""} for port in pod.ports],
            }
            for pod in world.pods
        ],
        "addresses": world.addresses,
        "ports": [{"number": number, "protocol": protocol} for number, protocol in each.ports],
        "policies": [_as_stored(policy) for policy in each.policies],
    }


def _as_stored(policy: dict[str, Any]) -> dict[str, Any]:
    """The policy with the types that the API server adds where there are none; cyclonus refuses to do without.

    By the API's documentation of policyTypes: Ingress always, Egress if there are egress rules.
    """
    spec = policy["spec"]
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    return {**policy, "spec": {**spec, "policyTypes": types}}
