import hashlib

import pytest

from loom_constructs import ImageLock
from loom_constructs.kubernetes.image import mirrored, registry_prefix


def digest(text):
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_what_is_known_is_pinned_and_the_rest_stays():
    lock = ImageLock({"nats:2.12": digest("a"), "busybox:1.37.0": "unresolved"})

    assert lock.locked("nats:2.12") == f"nats:2.12@{digest('a')}"
    assert lock.locked("busybox:1.37.0") == "busybox:1.37.0"
    assert lock.locked("other:1") == "other:1"
    assert lock.locked(f"nats:2.12@{digest('b')}") == f"nats:2.12@{digest('b')}"


def test_two_tags_of_one_repository_may_be_one_image():
    ImageLock({"postgres:15": digest("a"), "postgres:15.19": digest("a")})


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ({"nats": digest("a")}, "images must be an image with a tag"),
        ({"nats:latest": digest("a")}, "images must be an image with a tag"),
        ({f"nats:1@{digest('a')}": digest("a")}, "images must be references with a tag and without a digest"),
        ({"nats:1": "sha256:12"}, r"images\['nats:1'\] must be sha256: and 64 hexadecimal digits, or unresolved"),
        ({"nats:1": digest("a").upper()}, "must be sha256: and 64 hexadecimal digits"),
        ({"nats:1": None}, "must be sha256: and 64 hexadecimal digits"),
        ({"nats:1": "sha256:" + "0" * 64}, "must be a digest that a registry said"),
        ({"nats:1": "sha256:" + "deadbeef" * 8}, "must be a digest that a registry said"),
        ({"nats:1": digest("")}, "must be a digest that a registry said"),
        ({"a:1": digest("a"), "b:1": digest("a")}, r"images\['b:1'\] must be another digest than that of a"),
        ({"x/a:1": digest("a"), "y/a:1": digest("a")}, "must be another digest than that of x/a"),
        (["nats:1"], "images must be a Mapping"),
    ],
)
def test_a_lock_that_no_registry_can_have_said_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        ImageLock(images)


@pytest.mark.parametrize("text", ["", "images: []", "- a", "image: {}"])
def test_a_text_that_is_no_lock_is_refused(text):
    with pytest.raises(ValueError, match="lock must be YAML with images"):
        ImageLock.parse(text)


@pytest.mark.parametrize(
    ("image", "there"),
    [
        ("busybox:1", "m.example.org/hub/library/busybox:1"),
        ("natsio/nats-box:1", "m.example.org/hub/natsio/nats-box:1"),
        ("quay.io/a/b:1", "m.example.org/hub/a/b:1"),
        ("localhost:5000/b:1", "m.example.org/hub/b:1"),
        (f"nats:1@{digest('a')}", f"m.example.org/hub/library/nats:1@{digest('a')}"),
    ],
)
def test_a_mirror_replaces_the_registry(image, there):
    assert mirrored(image, registry_prefix("registry", "m.example.org/hub")) == there


@pytest.mark.parametrize("prefix", ["", "mirror", "m.example.org/", "https://m.example.org", "M.example.org", None])
def test_what_is_no_registry_is_refused(prefix):
    with pytest.raises(ValueError, match="registry must be a registry such as"):
        registry_prefix("registry", prefix)
