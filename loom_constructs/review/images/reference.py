"""References of images, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REFERENCE = re.compile(
    r"(?P<name>[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::[0-9]+(?=/))?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?P<digest>[a-z0-9]+:[0-9a-f]{32,}))?"
)
DOCKER_HUB = "docker.io"


@dataclass(frozen=True, order=True)
class Reference:
    """An image as a manifest names it.

    Args:
        name: As it is written, with the registry if that is written.
        tag: Empty where there is none, which means `latest`.
        digest: Empty where nobody pinned it.
    """

    name: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> Reference | None:
        """The reference, or nothing if it cannot be one."""
        found = _REFERENCE.fullmatch(text)
        return cls(found["name"], found["tag"] or "", found["digest"] or "") if found else None

    @property
    def registry(self) -> str:
        """Where it is pulled from."""
        host, slash, _ = self.name.partition("/")
        return host if slash and ("." in host or ":" in host or host == "localhost") else DOCKER_HUB

    @property
    def path(self) -> str:
        """The repository within its registry; Docker Hub's short names are written out."""
        if self.name.startswith(f"{self.registry}/"):
            return self.name.removeprefix(f"{self.registry}/")
        return self.name if "/" in self.name else f"library/{self.name}"

    def __str__(self) -> str:
        return self.name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")
