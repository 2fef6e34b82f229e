"""References of container images."""

from __future__ import annotations

import re

from .checks import refuse

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_NAME = re.compile(r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")


def pinned(argument: str, image: str) -> str:
    """An image with a tag (other than `latest`) or a digest: what ran yesterday runs tomorrow."""
    name, at, digest = image.partition("@") if isinstance(image, str) else ("", "", "")
    repository, label = _split(name)
    good = bool(_NAME.fullmatch(repository)) and (not label or bool(_TAG.fullmatch(label)))
    if at:
        good = good and bool(DIGEST.fullmatch(digest))
    else:
        good = good and label not in ("", "latest")
    if not good:
        raise refuse(argument, "an image with a tag other than latest, or with a digest", image)
    return image


def version(image: str) -> str:
    """The version to label a workload with: the tag, or the start of the digest, in a form that labels allow."""
    text = tag(image) or image.partition("@")[2].removeprefix("sha256:")[:12]
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)[:63].strip("._-")


def tag(image: str) -> str:
    """The tag, or nothing."""
    return _split(image.partition("@")[0])[1]


def repository(image: str) -> str:
    """The name without tag and digest."""
    return _split(image.partition("@")[0])[0]


def registry_prefix(argument: str, prefix: str) -> str:
    """A registry, or a folder in one: `mirror.example.org/hub`."""
    host, _, folder = prefix.partition("/") if isinstance(prefix, str) else ("", "", "")
    if not _is_host(host) or not _NAME.fullmatch(prefix) or (folder == "" and prefix.endswith("/")):
        raise refuse(argument, "a registry such as mirror.example.org or mirror.example.org/hub", prefix)
    return prefix


def mirrored(image: str, registry: str) -> str:
    """The same image in a mirror, which replaces its registry; Docker Hub's short names are written out.

    `busybox:1.37.0` is `mirror.example.org/library/busybox:1.37.0`. A digest stays, so that whoever pulls finds out a
    mirror that has something else.
    """
    host, slash, path = image.partition("/")
    if not slash or not _is_host(host):
        path = image if slash else f"library/{image}"
    return f"{registry}/{path}"


def _is_host(text: str) -> bool:
    return "." in text or ":" in text or text == "localhost"


def numbers(image: str) -> tuple[int, ...]:
    """The leading numbers of the tag (`v1.25.2-p0` gives 1, 25, 2); empty if it has none."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", tag(image))
    return tuple(int(n) for n in found[1].split(".")) if found else ()


def _split(name: str) -> tuple[str, str]:
    head, slash, last = name.rpartition("/")
    base, _, tag = last.partition(":")
    return head + slash + base, tag
