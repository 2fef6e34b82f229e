import pytest

from loom_constructs.kubernetes import image

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    "reference",
    ["", "loom", "loom:latest", "loom:", "registry:5000/loom", "loom@sha256:12", "Loom:1", "loom:1 ", "loom:-1", None],
)
def test_unpinned_images_are_refused(reference):
    with pytest.raises(ValueError, match="image must be an image with a tag other than latest, or with a digest, got"):
        image.pinned("image", reference)


@pytest.mark.parametrize(
    "reference",
    ["loom:1.0", "k3d-registry.localhost:5001/loom:dev", f"a.b/c/loom@{DIGEST}", f"loom:1@{DIGEST}", "a/b-c_d:v1-p0"],
)
def test_pinned_images_pass(reference):
    assert image.pinned("image", reference) == reference


@pytest.mark.parametrize(
    ("reference", "label"),
    [("postgres:15-alpine", "15-alpine"), ("r:5000/x:1.0", "1.0"), (f"x@{DIGEST}", "0" * 12), ("x:a_", "a")],
)
def test_version_is_a_label(reference, label):
    assert image.version(reference) == label


@pytest.mark.parametrize(
    ("reference", "numbers"),
    [("p:v1.25.2-p0", (1, 25, 2)), ("p:15-alpine", (15,)), ("p:dev", ()), ("r:5000/p:2", (2,))],
)
def test_numbers_of_a_tag(reference, numbers):
    assert image.numbers(reference) == numbers
