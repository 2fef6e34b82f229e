"""The file of digests: read, and written so that it is never there by halves."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ..load import documents
from .reference import Reference
from .report import UNRESOLVED

HEAD = """\
# Which image each tag is, by the digest that its registry said; `unresolved` until somebody asked.
# `make images-lock` asks and writes; nobody types a digest. See docs/how-to/pin-images.md.
"""


def read(file: Path) -> dict[str, str]:
    """Digests by reference.

    Raises:
        ValueError: It is no such file.
    """
    if not file.exists():
        return {}
    content = next(iter(documents(file.read_text(), str(file))), None)
    images = content.get("images") if isinstance(content, dict) else None
    if not isinstance(images, dict):
        raise ValueError(f"{file} must have images: references and their digests")
    for image, digest in images.items():
        reference = Reference.parse(str(image))
        if reference is None or not reference.tag or reference.digest or not isinstance(digest, str):
            raise ValueError(f"{file} must have references with a tag and their digests, got {image!r}: {digest!r}")
    return dict(images)


def write(file: Path, images: Mapping[str, str]) -> None:
    """All of it or nothing: who is interrupted leaves the file as it was."""
    listed = "".join(f"  {_quoted(image)}: {digest}\n" for image, digest in sorted(images.items()))
    text = f"{HEAD}images:{'' if images else ' {}'}\n{listed}"
    descriptor, fresh = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        # as files are made here, not as temporary ones are
        os.chmod(fresh, file.stat().st_mode & 0o777 if file.exists() else 0o644)
        os.replace(fresh, file)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def _quoted(image: str) -> str:
    return f'"{image}"'


def unknown(images: Mapping[str, str]) -> list[str]:
    """Those whose digest nobody has read."""
    return sorted(image for image, digest in images.items() if digest == UNRESOLVED)
