"""Sends manifests to the cluster, and tells whether they changed anything there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..kubectl import kubectl

Object = dict[str, Any]


def send(source: Path | str) -> bool:
    """Applies a folder with a kustomization, or a manifest given as text, server-side.

    Returns:
        Whether any object is new or has changed.
    """
    where, text = (("-k", str(source)), None) if isinstance(source, Path) else (("-f", "-"), source)
    before = _versions(kubectl("get", "--ignore-not-found", "-o", "json", *where, stdin=text))
    after = _versions(kubectl("apply", "--server-side", "--force-conflicts", "-o", "json", *where, stdin=text))
    return before != after


def rendered(folder: Path) -> list[Object]:
    """The objects of a folder with a kustomization, as they are written; nothing is sent."""
    # `create` prints what is written; `apply` would print what the cluster has
    text = kubectl("create", "--dry-run=client", "--validate=false", "-o", "json", "-k", str(folder))
    return parsed(text)


def listed(kind: str, namespace: str, *arguments: str) -> list[Object]:
    """The objects of a kind in a namespace."""
    items: list[Object] = json.loads(kubectl("get", kind, "--namespace", namespace, "-o", "json", *arguments))["items"]
    return items


def as_list(objects: list[Object]) -> str:
    """One manifest of many objects."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


def parsed(text: str) -> list[Object]:
    """The objects in kubectl's answer, which is one object, a list, or one after the other."""
    found: list[Object] = []
    rest, decoder = text.strip(), json.JSONDecoder()
    while rest:
        value, end = decoder.raw_decode(rest)
        found += value["items"] if value["kind"] == "List" else [value]
        rest = rest[end:].strip()
    return found


def _versions(text: str) -> dict[tuple[str, str, str], str]:
    return {
        (o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"]): o["metadata"]["resourceVersion"]
        for o in parsed(text)
    }
