"""An environment whose images are pinned by a lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from ..kubernetes import ImageLock
from ..kubernetes.checks import refuse
from ..kubernetes.image import mirrored
from .settings import CloudNativePgSettings, Digests

if TYPE_CHECKING:
    from .environment import Environment


def references(environment: Environment) -> Mapping[str, str]:
    """The images of an environment by the names of their values."""
    found = {f"images.{f.name}": getattr(environment.images, f.name) for f in fields(environment.images)}
    engine = environment.postgres.engine
    if isinstance(engine, CloudNativePgSettings):
        found["postgres.engine.image"] = engine.image
    return found


def locked(environment: Environment, lock: ImageLock) -> Environment:
    """The same environment with digests, as far as it wants them and they are known, and with its mirror's names.

    Raises:
        ValueError: Two images have one name in the mirror.
    """
    settings = environment.image_lock
    final = {
        name: image if settings.digests is Digests.IGNORED else lock.locked(image)
        for name, image in references(environment).items()
    }
    if settings.registry is not None:
        final = _mirrored(final, settings.registry)
    postgres = environment.postgres
    if isinstance(postgres.engine, CloudNativePgSettings):
        postgres = replace(postgres, engine=replace(postgres.engine, image=final["postgres.engine.image"]))
    images = replace(environment.images, **{f.name: final[f"images.{f.name}"] for f in fields(environment.images)})
    return replace(environment, images=images, postgres=postgres)


def _mirrored(images: Mapping[str, str], registry: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for image in images.values():
        if names.setdefault(mirrored(image, registry), image) != image:
            rule = f"a mirror that tells {names[mirrored(image, registry)]} from {image}"
            raise refuse("image_lock.registry", rule, registry)
    return {name: mirrored(image, registry) for name, image in images.items()}


def unresolved(environment: Environment) -> list[str]:
    """The images that run by their tag though the environment wants digests."""
    if environment.image_lock.digests is not Digests.REQUIRED:
        return []
    return sorted({image for image in references(environment).values() if "@" not in image})


def refuse_unresolved(environment: Environment) -> None:
    """Refuses images without a digest where that is required, and images past the mirror where there is one.

    Raises:
        ValueError: There is such an image.
    """
    settings, name = environment.image_lock, environment.name
    allowed = set(settings.allow_unresolved)
    if settings.registry is not None:
        for value, image in references(environment).items():
            if not image.startswith(f"{settings.registry}/"):
                raise refuse(f"{value} of {name}", f"in {settings.registry}: pass environment.locked(lock)", image)
        allowed = {mirrored(image, settings.registry) for image in allowed}
    for image in unresolved(environment):
        if image not in allowed:
            rule = "pinned by a digest (make images-lock, then environment.locked(lock)), or in allow_unresolved"
            raise refuse(f"an image of {name}", rule, image)
