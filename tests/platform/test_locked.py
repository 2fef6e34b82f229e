"""Environments and the lock of images."""

import dataclasses
import hashlib

import pytest
from cdk8s import App

from loom_constructs import ImageLock
from loom_constructs.cli import main
from loom_constructs.platform import ENVIRONMENTS, LOCAL, PRODUCTION, STAGING, LoomPlatform, references, unresolved
from loom_constructs.platform.locked import refuse_unresolved
from loom_constructs.platform.settings import Digests
from tests.conftest import ROOT
from tests.platform.test_environments import changed

LOCK = ImageLock.parse((ROOT / "images.lock.yaml").read_text())


def full():
    """A lock that knows everything."""
    return ImageLock({image: f"sha256:{hashlib.sha256(image.encode()).hexdigest()}" for image in LOCK.images})


def test_the_committed_lock_has_every_image_and_no_other():
    wanted = {
        image
        for e in ENVIRONMENTS
        if e.image_lock.digests is not Digests.IGNORED
        for image in references(e).values()
        if "@" not in image
    }

    assert set(LOCK.images) == wanted, "run `make images-lock` and commit"


def test_digests_come_from_the_lock_where_an_environment_wants_them():
    for environment in (STAGING, PRODUCTION):
        for name, image in references(environment.locked(full())).items():
            assert image == full().locked(references(environment)[name]) and "@sha256:" in image
    assert references(LOCAL.locked(full())) == references(LOCAL)
    assert PRODUCTION.locked(full()).postgres.engine.image.startswith("ghcr.io/cloudnative-pg/postgresql:15.19")


def test_what_is_not_pinned_is_refused_in_production_and_listed(tmp_path):
    assert len(unresolved(PRODUCTION.locked(LOCK))) == len(PRODUCTION.image_lock.allow_unresolved)
    assert unresolved(PRODUCTION.locked(full())) == unresolved(STAGING) == unresolved(LOCAL) == []
    strict = dataclasses.replace(PRODUCTION.image_lock, allow_unresolved=("busybox:1.37.0",))
    reasons = {k: v for k, v in PRODUCTION.reasons.items() if "allow_unresolved" not in k}
    reasons["image_lock.allow_unresolved.busybox:1.37.0"] = "for this test"
    environment = changed(PRODUCTION, image_lock=strict, reasons=reasons)

    with pytest.raises(ValueError, match="an image of production must be pinned by a digest .* got 'edoburu/pgb"):
        LoomPlatform(App(outdir=str(tmp_path)), environment.locked(LOCK))
    refuse_unresolved(environment.locked(full()))


def test_an_exception_needs_a_reason_of_its_own():
    reasons = {k: v for k, v in PRODUCTION.reasons.items() if not k.endswith("busybox:1.37.0")}

    with pytest.raises(ValueError, match="also for image_lock.allow_unresolved.busybox:1.37.0"):
        changed(PRODUCTION, reasons=reasons)


def test_a_mirror_has_all_images_and_the_same_digests():
    settings = dataclasses.replace(PRODUCTION.image_lock, registry="mirror.example.org/hub")
    environment = changed(PRODUCTION, image_lock=settings)
    found = references(environment.locked(full()))

    assert all(i.startswith("mirror.example.org/hub/") and "@sha256:" in i for i in found.values())
    assert found["images.busybox"] == f"mirror.example.org/hub/library/{full().locked('busybox:1.37.0')}"
    # what is allowed by name is allowed in the mirror, too
    refuse_unresolved(environment.locked(LOCK))
    with pytest.raises(ValueError, match=r"in mirror.example.org/hub: pass environment.locked\(lock\), got"):
        refuse_unresolved(environment)


def test_a_mirror_that_mixes_two_images_up_is_refused():
    settings = dataclasses.replace(LOCAL.image_lock, registry="mirror.example.org")
    images = dataclasses.replace(LOCAL.images, nats="quay.io/library/busybox:1.37.0")

    with pytest.raises(ValueError, match="a mirror that tells quay.io/library/busybox:1.37.0 from busybox:1.37.0, got"):
        changed(LOCAL, image_lock=settings, images=images).locked(LOCK)


def test_the_bills_of_materials_are_current(capsys):
    """`make synth` writes them, from what it rendered."""
    for environment in ENVIRONMENTS:
        assert main(["images", str(ROOT / "dist" / environment.name), "--format", "cyclonedx"]) == 0

        assert (ROOT / "docs" / "sbom" / f"{environment.name}.cdx.json").read_text() == capsys.readouterr().out
