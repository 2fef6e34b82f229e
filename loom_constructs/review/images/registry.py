"""Asks registries, by crane: it knows their tokens, and what `docker login` and the helpers of clouds keep."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess

from .reference import Reference

SECONDS = 60
"""How long one question may take."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class RegistryError(Exception):
    """A registry did not say which image it is."""


def program() -> str:
    """Where crane is.

    Raises:
        ValueError: It is not there.
    """
    found = shutil.which("crane")
    if found is None:
        raise ValueError(
            "crane is not on the PATH; it comes with github.com/google/go-containerregistry "
            "(go install github.com/google/go-containerregistry/cmd/crane@latest)"
        )
    return found


def digest_of(reference: Reference) -> str:
    """The digest that a registry says for a tag, of the list of all platforms where there is one.

    It is believed only if what the registry then serves under it has this hash and is a manifest.

    Raises:
        RegistryError: The registry does not answer, or not so.
    """
    said = _ask("digest", str(reference)).decode().strip()
    if not _DIGEST.fullmatch(said):
        raise RegistryError(f"{reference}: the registry says {said[:80]!r}, which is no digest")
    body = _ask("manifest", f"{reference.name}@{said}")
    real = f"sha256:{hashlib.sha256(body).hexdigest()}"
    if real != said:
        raise RegistryError(f"{reference}: the registry says {said}, and serves {real}")
    try:
        manifest = json.loads(body)
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("schemaVersion") != 2:
        raise RegistryError(f"{reference}: {said} is no manifest of an image")
    return said


def _ask(*words: str) -> bytes:
    try:
        done = subprocess.run([program(), *words], capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise RegistryError(f"{words[-1]}: no answer in {SECONDS} s") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise RegistryError(f"{words[-1]}: {lines[-1] if lines else f'crane ends with {done.returncode}'}")
    return done.stdout
