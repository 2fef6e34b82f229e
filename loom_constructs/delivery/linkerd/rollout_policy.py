"""A NetworkPolicy for the time in which some pods are in the mesh and others are not.

Between two pods in the mesh everything arrives on port 4143; as soon as one of them is outside, on the port of the
application. Where the mesh is on, the rendered policies open 4143 only. Policies add up, so this one opens the rest, in
the namespace and to callers from outside that rendered policies name, and is taken away once every pod is in the mesh.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..kubectl import find, kubectl
from .send import Object, listed

NAME = "linkerd-rollout"
_WHY = (
    "Temporary. Pods are being brought into the mesh one after the other; until all are, they reach each other on the "
    "ports of the applications. The command that made this policy deletes it at its end; run it again if it is left."
)


def open_up(namespace: str, rendered: Iterable[Object]) -> None:
    """Lets the pods of a namespace reach each other on all ports, and DNS and Linkerd's control plane.

    Args:
        rendered: The environment's objects: whom their policies let in from other namespaces, this one lets in as well.
    """
    policy = _policy(namespace, _callers(rendered, namespace))
    kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=json.dumps(policy))


def is_open(namespace: str) -> bool:
    """Whether the policy is there."""
    return find("networkpolicy", NAME, "--namespace", namespace) is not None


def close(namespace: str) -> None:
    """Takes the policy away."""
    kubectl("delete", "networkpolicy", NAME, "--namespace", namespace, "--ignore-not-found")


def _callers(rendered: Iterable[Object], namespace: str) -> list[Object]:
    """Who is let in from other namespaces, such as an ingress controller: in the mesh by 4143 only."""
    found: dict[str, Object] = {}
    for o in rendered:
        if o["kind"] == "NetworkPolicy" and o["metadata"].get("namespace") == namespace:
            for rule in o["spec"].get("ingress", []):
                found |= {json.dumps(i, sort_keys=True): i for i in rule.get("from", []) if "namespaceSelector" in i}
    return [found[key] for key in sorted(found)]


def _policy(namespace: str, callers: list[Object]) -> dict[str, Any]:
    inside: list[dict[str, Any]] = [{"podSelector": {}}]
    dns = {"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}, **_namespace("kube-system")}
    denied = _denied_by_default(namespace)
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": NAME,
            "namespace": namespace,
            "labels": {
                "app.kubernetes.io/name": NAME,
                "app.kubernetes.io/part-of": "loom",
                "app.kubernetes.io/managed-by": "loom-constructs",
            },
            "annotations": {"kubernetes.io/description": _WHY},
        },
        "spec": {
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
            # a policy also denies: where nothing did so before, this one must allow everything, or it would take away
            "ingress": [{"from": inside + callers}] if "Ingress" in denied else [{}],
            "egress": [
                {"to": inside},
                {"to": [dns], "ports": [{"port": 53, "protocol": p} for p in ("UDP", "TCP")]},
                {"to": [_namespace("linkerd")]},
            ]
            if "Egress" in denied
            else [{}],
        },
    }


def _namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _denied_by_default(namespace: str) -> set[str]:
    """The directions in which every pod of the namespace is isolated already, by another policy."""
    return {
        direction
        for policy in listed("networkpolicies", namespace)
        if policy["metadata"]["name"] != NAME and not any(policy["spec"].get("podSelector", {}).values())
        for direction in policy["spec"].get("policyTypes") or ["Ingress"]
    }
