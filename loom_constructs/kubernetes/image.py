"""References of container images."""

from __future__ import annotations

import re

from .checks import refuse

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_NAME = re.compile(r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")


def pinned(argument: str, image: str) -> str:
    """An image with a tag (other than `latest`) or a digest: what ran yesterday runs tomorrow."""
    name, at, digest = image.partition("@") if isinstance(image, str) else ("", "", "")
    repository, tag = _split(name)
    good = bool(_NAME.fullmatch(repository)) and (not tag or bool(_TAG.fullmatch(tag)))
    if at:
        good = good and bool(_DIGEST.fullmatch(digest))
    else:
        good = good and tag not in ("", "latest")
    if not good:
        raise refuse(argument, "an image with a tag other than latest, or with a digest", image)
    return image


def version(image: str) -> str:
    """The version to label a workload with: the tag, or the start of the digest, in a form that labels allow."""
    name, _, digest = image.partition("@")
    tag = _split(name)[1] or digest.removeprefix("sha256:")[:12]
    return re.sub(r"[^A-Za-z0-9_.-]", "_", tag)[:63].strip("._-")


def numbers(image: str) -> tuple[int, ...]:
    """The leading numbers of the tag (`v1.25.2-p0` gives 1, 25, 2); empty if it has none."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", _split(image.partition("@")[0])[1])
    return tuple(int(n) for n in found[1].split(".")) if found else ()


def _split(name: str) -> tuple[str, str]:
    head, slash, last = name.rpartition("/")
    base, _, tag = last.partition(":")
    return head + slash + base, tag
