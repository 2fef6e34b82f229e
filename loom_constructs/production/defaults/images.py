"""Effect: what ran yesterday runs tomorrow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ...kubernetes.image import pinned
from .finding import Allow, Finding
from .pods import Pods
from .world import World


class ImageRule(StrEnum):
    """How exactly an image must be named."""

    TAG = "a tag other than latest, or a digest"
    """What was built under a tag can be replaced in the registry."""

    DIGEST = "a digest"
    """The same bytes for ever."""


@dataclass(frozen=True)
class RequireImages:
    """Images are named exactly. Which version is wanted, only the author knows, so nothing is added."""

    rule: ImageRule

    def __call__(self, pods: Pods, world: World) -> Iterator[Finding]:
        """Finds images that are not named so."""
        for container in pods.all_containers:
            image = str(container.get("image") or "")
            if not _pinned(image) or (self.rule is ImageRule.DIGEST and "@sha256:" not in image):
                what = f"container {container['name']} has image {image or '(none)'}"
                yield Finding(Allow.ANY_TAG, what, f"name it with {self.rule.value}")


def _pinned(image: str) -> bool:
    try:
        pinned("image", image)
    except ValueError:
        return False
    return True
