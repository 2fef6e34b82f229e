"""Finds images, wherever objects name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..ends import Object
from ..manifests import name_of
from .reference import Reference

SILENT = ("ConfigMap", "Secret", "CustomResourceDefinition")
"""Kinds that hold other people's text: an `image` in it is none that this object runs."""

_FIELD = re.compile(r"image|.*Image|image(Name|Ref|Reference)")
_VARIABLE = re.compile(r"(.*_)?IMAGE(_.*)?")
_ARGUMENT = re.compile(r"--?[A-Za-z0-9-]*image[A-Za-z0-9-]*=(.+)")


def inventory(objects: Iterable[Object]) -> dict[Reference, list[str]]:
    """Every image, and the objects that run it (`Kind namespace/name`)."""
    found: dict[Reference, list[str]] = {}
    for item in objects:
        if item["kind"] in SILENT:
            continue
        for reference in _images(item):
            users = found.setdefault(reference, [])
            if name_of(item) not in users:
                users.append(name_of(item))
    return {reference: sorted(found[reference]) for reference in sorted(found)}


def _images(value: Any) -> Iterator[Reference]:
    """In containers; in fields of operators such as CloudNativePG's `imageName`; in what they are told to start."""
    if isinstance(value, list):
        for each in value:
            yield from _images(each)
    elif isinstance(value, Mapping):
        yield from _of_mapping(value)
        for key, each in value.items():
            if isinstance(each, str) and _FIELD.fullmatch(str(key)):
                yield from _parsed(each)
            elif key in ("args", "command") and isinstance(each, list):
                yield from _of_arguments(each)
            yield from _images(each)


def _of_mapping(value: Mapping[str, Any]) -> Iterator[Reference]:
    image = value.get("image")
    if isinstance(image, Mapping):
        # a volume of an image, and how Helm's charts and some operators write one
        if isinstance(image.get("reference"), str):
            yield from _parsed(image["reference"])
        elif isinstance(image.get("repository"), str):
            host = f"{image['registry']}/" if image.get("registry") else ""
            tag = f":{image['tag']}" if image.get("tag") else ""
            digest = f"@{image['digest']}" if image.get("digest") else ""
            yield from _parsed(f"{host}{image['repository']}{tag}{digest}")
    if (
        isinstance(value.get("name"), str)
        and isinstance(value.get("value"), str)
        and _VARIABLE.fullmatch(value["name"])
    ):
        yield from _told(value["value"])


def _of_arguments(words: Iterable[Any]) -> Iterator[Reference]:
    for word in words:
        if isinstance(word, str) and (said := _ARGUMENT.fullmatch(word)):
            yield from _told(said[1])


def _told(text: str) -> Iterator[Reference]:
    """In a variable or an argument a word may be anything; an image there has a registry, a tag or a digest."""
    yield from (r for r in _parsed(text) if r.tag or r.digest or "/" in r.name)


def _parsed(text: str) -> Iterator[Reference]:
    reference = Reference.parse(text)
    if reference is not None:
        yield reference
