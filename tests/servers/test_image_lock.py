"""Digests of images are read from a real registry."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import tarfile
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from loom_constructs import ImageLock
from loom_constructs.review.images import lock_file
from loom_constructs.review.images.update import update
from tests.servers.conftest import Machine, eventually, free_port, needed

TYPES = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"
)


class Registry:
    """An empty registry on loopback."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        machine, command = self.machine, ["crane", "registry", "serve", "--address", self.host]
        self.process = machine.start([*command, "--disk", str(machine.path("registry"))])
        eventually(lambda: self.get("/v2/"))

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def get(self, path: str) -> bytes | None:
        request = urllib.request.Request(f"http://{self.host}{path}", headers={"Accept": TYPES})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                body: bytes = answer.read()
                return body or b"{}"
        except OSError:
            return None

    def push(self, name: str, content: str) -> None:
        """An image with one file."""
        layer = self.machine.folder / "layer.tar"
        with tarfile.open(layer, "w") as archive:
            entry = tarfile.TarInfo("file")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content.encode()))
        self.crane("append", "--oci-empty-base", "-f", str(layer), "-t", f"{self.host}/{name}")

    def crane(self, *words: str) -> None:
        subprocess.run(["crane", *words], check=True, capture_output=True, timeout=60)

    def digest(self, name: str) -> str:
        """What the registry serves, hashed here: without crane."""
        repository, _, tag = name.partition(":")
        body = self.get(f"/v2/{repository}/manifests/{tag}")
        assert body is not None
        return f"sha256:{hashlib.sha256(body).hexdigest()}"


@pytest.fixture
def registry(machine: Machine) -> Iterator[Registry]:
    needed("crane")
    machine.folders("registry")
    yield Registry(machine)


def run(file: Path, *wanted: str, again: bool = False) -> tuple[int, list[str]]:
    said: list[str] = []
    return update(file, wanted, again=again, say=said.append), said


def test_digests_are_those_that_the_registry_serves(registry: Registry, tmp_path: Path) -> None:
    registry.push("team/one:1", "one")
    registry.push("team/two:1", "two")
    # an image of several platforms: the digest is that of the list
    two = f"{registry.host}/team/two:1"
    registry.crane(
        "index", "append", "-m", two, "-m", f"{registry.host}/team/one:1", "-t", f"{registry.host}/team/all:1"
    )
    names = ("team/one:1", "team/two:1", "team/all:1")
    file = tmp_path / "images.lock.yaml"

    code, said = run(file, *(f"{registry.host}/{n}" for n in names))

    assert code == 0, said
    assert lock_file.read(file) == {f"{registry.host}/{n}": registry.digest(n) for n in names}
    assert len({registry.digest(n) for n in names}) == 3
    lock = ImageLock.parse(file.read_text())
    # what is pinned can be pulled by what it is pinned to
    registry.crane("validate", "--remote", lock.locked(two))


def test_a_registry_that_goes_away_loses_nothing_and_the_rest_comes_later(registry: Registry, tmp_path: Path) -> None:
    registry.push("one:1", "one")
    file = tmp_path / "images.lock.yaml"
    one, two = f"{registry.host}/one:1", f"{registry.host}/two:1"

    code, said = run(file, one, two)
    assert code == 1 and any("MANIFEST_UNKNOWN" in s or "NAME_UNKNOWN" in s or "404" in s for s in said), said
    assert lock_file.read(file) == {one: registry.digest("one:1"), two: "unresolved"}
    first = registry.digest("one:1")
    registry.stop()
    assert run(file, one, two, again=True)[0] == 1
    assert lock_file.read(file) == {one: first, two: "unresolved"}

    registry.start()
    registry.push("two:1", "two")
    registry.push("one:1", "another")
    assert run(file, one, two)[0] == 0
    assert lock_file.read(file) == {one: first, two: registry.digest("two:1")}
    said = run(file, one, two, again=True)[1]
    assert said[0] == f"~ {one} {registry.digest('one:1')} (the tag has moved; it was {first})"


@pytest.fixture
def private(registry: Registry) -> Iterator[ThreadingHTTPServer]:
    """The same registry behind a door: only with a token, which only a user with a password gets."""
    login = "Basic " + base64.b64encode(b"somebody:a password").decode()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given, here = self.headers.get("Authorization"), f"127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
            if self.path.startswith("/token"):
                self.say(200 if given == login else 401, {}, json.dumps({"token": "t"}).encode())
            elif given != "Bearer t":
                self.say(401, {"WWW-Authenticate": f'Bearer realm="http://{here}/token",service="door"'}, b"")
            else:
                headers = {"Accept": TYPES}
                request = urllib.request.Request(
                    f"http://{registry.host}{self.path}", headers=headers, method=self.command
                )
                with urllib.request.urlopen(request, timeout=5) as answer:
                    self.say(200, dict(answer.headers), answer.read())

        do_HEAD = do_GET

        def say(self, code: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_private_registry_answers_who_has_logged_in(
    registry: Registry, private: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.push("one:1", "one")
    host = f"127.0.0.1:{private.server_port}"
    file = tmp_path / "images.lock.yaml"
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))

    code, said = run(file, f"{host}/one:1")
    assert code == 1 and "401" in said[1], said
    assert lock_file.read(file) == {f"{host}/one:1": "unresolved"}

    registry.crane("auth", "login", host, "-u", "somebody", "-p", "a password")
    assert run(file, f"{host}/one:1")[0] == 0
    assert lock_file.read(file) == {f"{host}/one:1": registry.digest("one:1")}
