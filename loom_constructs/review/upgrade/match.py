"""Objects whose name follows from their content: with other content they are another object, and mean the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..ends import Object
from .key import Key

_HEX = re.compile(r"(.+)-[0-9a-f]{8}")
_KUSTOMIZE = re.compile(r"(.+)-[bcdfghkmt2456789]{10}")
_VERSIONS = ("app.kubernetes.io/version", "version", "helm.sh/chart")
"""Labels that change with each release."""


def generated(gone: Mapping[Key, Object], come: Mapping[Key, Object]) -> Iterator[tuple[Key, Key]]:
    """What is only in OLD, and the one of NEW that takes its place."""
    for old, item in gone.items():
        base = base_of(old)
        fitting = [n for n, other in come.items() if base and base_of(n) == base and _labels(other) == _labels(item)]
        if len(fitting) == 1:
            yield old, fitting[0]


def base_of(key: Key) -> Key | None:
    """The key without the hash of its name; None if it has none."""
    patterns = {"Job": (_HEX, _KUSTOMIZE), "ConfigMap": (_KUSTOMIZE, _HEX), "Secret": (_KUSTOMIZE, _HEX)}
    for pattern in patterns.get(key.kind, ()):
        if found := pattern.fullmatch(key.name):
            return key._replace(name=found[1])
    return None


def _labels(item: Object) -> dict[str, Any]:
    labels = item["metadata"].get("labels") or {}
    return {k: v for k, v in labels.items() if k not in _VERSIONS}
