"""ConfigMaps: files for containers."""

from __future__ import annotations

from collections.abc import Mapping

from constructs import Construct

from .labels import Labels
from .manifest import Manifest


def config_map(scope: Construct, id: str, *, name: str, labels: Labels, files: Mapping[str, str]) -> Manifest:
    """A ConfigMap with one entry for each file."""
    return Manifest(
        scope,
        id,
        {"apiVersion": "v1", "kind": "ConfigMap", "data": dict(files)},
        name=name,
        labels=labels.all,
    )
