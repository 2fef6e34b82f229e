"""PersistentVolumeClaims: storage that outlives the pods that use it."""

from __future__ import annotations

from constructs import Construct

from .claim import Claim
from .labels import MANAGER, Labels
from .manifest import Manifest


def persistent_volume_claim(scope: Construct, id: str, *, name: str, claim: Claim, labels: Labels) -> Manifest:
    """A PersistentVolumeClaim. It outlives releases, so its labels say nothing of a version."""
    return Manifest(
        scope,
        id,
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": claim.spec()},
        name=name,
        labels={**labels.selector, "app.kubernetes.io/managed-by": MANAGER},
    )
