"""Which image each reference is, by its digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from .checks import instance, refuse
from .image import DIGEST, pinned, repository

UNRESOLVED = "unresolved"
"""What stands for a digest that nobody has read yet."""

_OF_NOTHING = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@dataclass(frozen=True)
class ImageLock:
    """Digests by reference: what a tag was when somebody looked. A tag can be moved to another image, a digest cannot.

    It reads no file: pass what your file of digests says, or its text to `ImageLock.parse`.

    Args:
        images: By reference, with a tag: its digest as a registry said it, or `unresolved`.

    Raises:
        ValueError: A digest is malformed, is a placeholder, or stands for images of two repositories.
    """

    images: Mapping[str, str]

    def __post_init__(self) -> None:
        instance("images", self.images, Mapping)
        owners: dict[str, str] = {}
        for image, digest in self.images.items():
            pinned("images", image)
            where = f"images[{image!r}]"
            if "@" in image:
                raise refuse("images", "references with a tag and without a digest", image)
            if digest == UNRESOLVED:
                continue
            if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
                raise refuse(where, f"sha256: and 64 hexadecimal digits, or {UNRESOLVED}", digest)
            # real ones have all digits, more or less
            if digest == _OF_NOTHING or len(set(digest.removeprefix("sha256:"))) < 8:
                raise refuse(where, "a digest that a registry said", digest)
            # two tags of one repository may well be one image
            if owners.setdefault(digest, repository(image)) != repository(image):
                raise refuse(where, f"another digest than that of {owners[digest]}", digest)

    @classmethod
    def parse(cls, text: str) -> ImageLock:
        """The lock of a file, whose `images` are references and digests (YAML)."""
        content = yaml.safe_load(text)
        if not isinstance(content, dict) or not isinstance(content.get("images"), dict):
            raise refuse("lock", "YAML with images: references and their digests", text[:60])
        return cls(content["images"])

    def digest(self, image: str) -> str | None:
        """What is known of a reference."""
        found = self.images.get(image, UNRESOLVED)
        return None if found == UNRESOLVED else found

    def locked(self, image: str) -> str:
        """`name:tag@sha256:...` if the digest is known, else the reference as it is."""
        digest = None if "@" in image else self.digest(image)
        return f"{image}@{digest}" if digest else image
