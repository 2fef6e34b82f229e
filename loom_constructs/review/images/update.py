"""Brings the file of digests up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from . import lock_file
from .reference import Reference
from .registry import RegistryError, digest_of, program
from .report import UNRESOLVED


def update(file: Path, wanted: Iterable[str], *, again: bool, say: Callable[[str], None]) -> int:
    """Asks for every digest that is missing, and writes each as soon as it is there.

    What is not answered stays as it was, and is asked for at the next call. Nothing is taken out.

    Args:
        wanted: References that have to be in the file; what is not in it yet is added.
        again: Whether those that are known are asked for, too: a tag may have moved.

    Returns:
        The exit code: 1 if a question was not answered.

    Raises:
        ValueError: The file is wrong, or there is nobody to ask.
    """
    before = lock_file.read(file)
    images = {**dict.fromkeys(wanted, UNRESOLVED), **before}
    for image in sorted(set(images) - set(before)):
        say(f"+ {image}")
    if images != before:
        lock_file.write(file, images)
    asked = sorted(images) if again else lock_file.unknown(images)
    if asked:
        program()
    failed = 0
    for image in asked:
        try:
            digest = _new_digest(image, images)
        except RegistryError as error:
            failed += 1
            say(f"! {error}")
            continue
        if digest != images[image]:
            moved = "" if images[image] == UNRESOLVED else f" (the tag has moved; it was {images[image]})"
            images[image] = digest
            lock_file.write(file, images)
            say(f"~ {image} {digest}{moved}")
    known = len(images) - len(lock_file.unknown(images))
    say(f"{len(images)} images, {known} with a digest" + (f", {failed} not answered" if failed else ""))
    for image in sorted(set(before) - set(wanted)):
        say(f"no environment uses {image}")
    return int(failed > 0)


def _new_digest(image: str, images: dict[str, str]) -> str:
    reference = Reference.parse(image)
    assert reference is not None, "the file was checked"
    digest = digest_of(reference)
    for other, known in images.items():
        same = Reference.parse(other)
        if known == digest and same is not None and same.name != reference.name:
            raise RegistryError(f"{image}: {digest} is {other}; one of the two names is wrong")
    return digest
