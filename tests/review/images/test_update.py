"""The file of digests; that real registries are asked is shown in tests/servers/test_image_lock.py."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from loom_constructs.review.images import lock_file, registry
from loom_constructs.review.images.update import update

Crane = Callable[[str], None]
MANIFEST = '{"schemaVersion": 2, "name": "%s"}'


def digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@pytest.fixture
def crane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Crane:
    """Puts a program called crane on the PATH, which does what the shell says: $1 is the verb, $2 the reference."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def place(script: str) -> None:
        (folder / "crane").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "crane").chmod(0o755)

    return place


def honest(*names: str) -> str:
    """Knows these images only."""
    cases = ""
    for name in names:
        body = MANIFEST % name
        repository = name.partition(":")[0]
        cases += (
            f"'digest {name}') echo {digest(body)};;\n'manifest {repository}@{digest(body)}') printf '%s' '{body}';;\n"
        )
    return f'case "$1 $2" in {cases} *) echo "no such image" >&2; exit 1;; esac'


def run(file: Path, *wanted: str, again: bool = False) -> tuple[int, list[str]]:
    said: list[str] = []
    return update(file, wanted, again=again, say=said.append), said


def test_what_is_missing_is_asked_for_and_written(tmp_path: Path, crane: Crane) -> None:
    crane(honest("a:1", "b:2"))
    file = tmp_path / "lock.yaml"

    code, said = run(file, "a:1", "b:2")

    assert code == 0
    assert lock_file.read(file) == {"a:1": digest(MANIFEST % "a:1"), "b:2": digest(MANIFEST % "b:2")}
    assert said[:2] == ["+ a:1", "+ b:2"] and said[-1] == "2 images, 2 with a digest"
    # nobody is asked again
    crane("exit 1")
    assert run(file, "a:1", "b:2") == (0, ["2 images, 2 with a digest"])


def test_a_failure_drops_nothing_and_the_next_call_goes_on(tmp_path: Path, crane: Crane) -> None:
    file = tmp_path / "lock.yaml"
    lock_file.write(file, {"old:1": digest("old"), "a:1": "unresolved"})
    crane(honest("a:1"))

    code, said = run(file, "a:1", "b:2")

    assert code == 1 and "! b:2: no such image" in said and "no environment uses old:1" in said
    assert lock_file.read(file) == {"a:1": digest(MANIFEST % "a:1"), "b:2": "unresolved", "old:1": digest("old")}
    crane(honest("b:2"))
    assert run(file, "a:1", "b:2")[0] == 0
    assert lock_file.read(file)["b:2"] == digest(MANIFEST % "b:2")


def test_a_tag_that_moved_is_said(tmp_path: Path, crane: Crane) -> None:
    file = tmp_path / "lock.yaml"
    lock_file.write(file, {"a:1": digest("before")})
    crane(honest("a:1"))

    assert run(file, "a:1") == (0, ["1 images, 1 with a digest"])
    said = run(file, "a:1", again=True)[1]

    assert said[0] == f"~ a:1 {digest(MANIFEST % 'a:1')} (the tag has moved; it was {digest('before')})"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (f"[ $1 = manifest ] && printf other || echo {digest('body')}", f"serves {digest('other')}"),
        (f"[ $1 = manifest ] && printf body || echo {digest('body')}", "is no manifest of an image"),
        (f"[ $1 = manifest ] || echo {digest('')}", "is no manifest of an image"),
        ("echo sha256:12", "says 'sha256:12', which is no digest"),
        ("exit 3", "crane ends with 3"),
        ("sleep 30", "no answer in"),
    ],
)
def test_who_does_not_serve_what_it_says_is_not_believed(
    tmp_path: Path, crane: Crane, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    monkeypatch.setattr(registry, "SECONDS", 0.5)
    crane(script.replace("sleep", "exec sleep"))
    file = tmp_path / "lock.yaml"

    code, said = run(file, "a:1")

    assert code == 1 and message in said[1], said
    assert lock_file.read(file) == {"a:1": "unresolved"}


def test_one_digest_for_two_images_is_not_written(tmp_path: Path, crane: Crane) -> None:
    body = MANIFEST % "same"
    crane(f"[ $1 = manifest ] && printf '%s' '{body}' || echo {digest(body)}")
    file = tmp_path / "lock.yaml"

    code, said = run(file, "a:1", "a:1.0", "b:2")

    assert code == 1 and "one of the two names is wrong" in said[-2]
    assert lock_file.read(file) == {"a:1": digest(body), "a:1.0": digest(body), "b:2": "unresolved"}


def test_without_crane_it_says_where_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ValueError, match="crane is not on the PATH; it comes with"):
        run(tmp_path / "lock.yaml", "a:1")
    assert lock_file.read(tmp_path / "lock.yaml") == {"a:1": "unresolved"}


def test_who_is_interrupted_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "lock.yaml"
    lock_file.write(file, {"a:1": "unresolved"})
    before = file.read_text()

    def full(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        lock_file.write(file, {"a:1": digest("new")})

    assert file.read_text() == before and list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("text", ["- a", "images: []", "images: {a: unresolved}", "images: {'a:1': 3}", "images: ["])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock.yaml").write_text(text)

    with pytest.raises(ValueError, match=r"lock.yaml must"):
        lock_file.read(tmp_path / "lock.yaml")
