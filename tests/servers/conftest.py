"""Real server programs of the PATH, started on loopback with the configuration that we render."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

NOBODY = 65534
_PATHS = re.compile(r"""(?<=[ '"=\n>])/(etc|var|run|data|app|mnt|tmp)(?=[/\s])""")


def needed(*programs: str) -> None:
    """Skips where a program is missing."""
    missing = [p for p in programs if shutil.which(p) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)} on the PATH")


def next_release(inside: str) -> Path:
    """What is upgraded to, in the folder LOOM_NEXT: `postgres/bin`, `nats-server`. Skips where it is missing."""
    folder = os.environ.get("LOOM_NEXT")
    if not folder:
        pytest.skip("needs programs of newer releases: LOOM_NEXT is not set (README, Proofs)")
    found = Path(folder) / inside
    if not found.exists():
        pytest.skip(f"needs {inside} in {folder} (LOOM_NEXT; README, Proofs)")
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Machine:
    """A folder in the place of a container's root, and programs that run there without root's rights."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[subprocess.Popen[bytes]] = []
        self._user: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}

    def path(self, inside: str) -> Path:
        """Where a path of the container lies."""
        return self.folder / inside.lstrip("/")

    def write(self, inside: str, text: str, replaced: Mapping[str, str] | None = None) -> Path:
        """Writes a rendered file; paths in it are those of this machine."""
        target = self.path(inside)
        self.folders(str(Path(inside).parent))
        target.write_text(self.local(text, replaced))
        target.chmod(0o644)
        return target

    def folders(self, *inside: str) -> None:
        """Makes folders that the programs may write to."""
        for each in inside:
            current = self.folder
            for part in each.strip("/").split("/"):
                current /= part
                if not current.exists():
                    current.mkdir()
                    if os.getuid() == 0:
                        os.chown(current, NOBODY, NOBODY)

    def mount(self, inside: str, files: Mapping[str, str]) -> None:
        """Puts files where a Secret is mounted, as the kubelet does: all of them at once."""
        self.ready(inside, files).rename(self.path(inside))

    def ready(self, inside: str, files: Mapping[str, str]) -> Path:
        """The same, but for the last step: the link that takes the place of the one before."""
        self.folders(str(Path(inside).parent))
        folder = Path(tempfile.mkdtemp(prefix="mounted-", dir=self.folder))
        folder.chmod(0o755)
        for name, text in files.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o644)
        link = folder.with_suffix(".link")
        link.symlink_to(folder)
        return link

    def local(self, text: str, replaced: Mapping[str, str] | None = None) -> str:
        """A text with this machine's paths instead of the container's."""
        for old, new in (replaced or {}).items():
            assert old in text, f"{old!r} is not in the text"
            text = text.replace(old, new)
        return _PATHS.sub(lambda found: f"{self.folder}{found[0]}", text)

    def run(
        self, command: Sequence[str], env: Mapping[str, str] | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Runs a program to its end."""
        return subprocess.run(
            list(command),
            env=self._env(env),
            cwd=self.folder,
            text=True,
            capture_output=True,
            timeout=timeout,
            **self._user,
        )

    def start(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Starts a server; it ends with the test."""
        log = open(self.folder / f"{len(self._running)}.log", "wb")  # noqa: SIM115
        process = subprocess.Popen(
            list(command),
            env=self._env(env),
            cwd=self.folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **self._user,
        )
        log.close()
        self._running.append(process)
        return process

    def log(self) -> str:
        """What the servers said."""
        return "\n".join(f.read_text(errors="replace")[-3000:] for f in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        """Ends what still runs; what waits for its clients for too long, at once."""
        for sent in (signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL):
            for process in self._running:
                if process.poll() is None:
                    os.killpg(process.pid, sent)
            end = time.monotonic() + 5
            for process in self._running:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0, end - time.monotonic()))

    def _env(self, env: Mapping[str, str] | None) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8", **(env or {})}


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A folder that is gone after the test."""
    with new_machine() as made:
        yield made


def _memory() -> str | None:
    """Where a sync costs nothing, if programs may run there: most of the time of a PostgreSQL that is made is syncs."""
    folder = "/dev/shm"
    try:
        there = os.statvfs(folder)
    except OSError:
        return None
    usable = not there.f_flag & (os.ST_NOEXEC | os.ST_RDONLY) and os.access(folder, os.W_OK)
    return folder if usable and there.f_bavail * there.f_frsize > 4 * 1024**3 else None


@contextmanager
def new_machine() -> Iterator[Machine]:
    """The same for several tests."""
    folder = Path(tempfile.mkdtemp(prefix="loom-", dir=_memory()))
    folder.chmod(0o755)
    if os.getuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    made = Machine(folder)
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shell(machine: Machine) -> str:
    """A folder with busybox's programs, as they are in the image that waits."""
    needed("busybox")
    machine.folders("busybox")
    busybox = shutil.which("busybox") or ""
    for applet in ("sh", "nc", "grep", "sed", "head", "date", "sleep", "hexdump", "timeout", "cat", "printf"):
        (machine.path("busybox") / applet).symlink_to(busybox)
    return str(machine.path("busybox"))


def answers(machine: Machine, shell: str, container: Mapping[str, Any], env: Mapping[str, str], limit: int = 2) -> bool:
    """Runs a wait's script, with its own limits shortened; whether it succeeded."""
    script = container["command"][2]
    assert "+ 120)" in script or "+ 30)" in script
    script = (
        script.replace("+ 120)", f"+ {limit})").replace("+ 30)", f"+ {limit})").replace("timeout 10 ", "timeout 3 ")
    )
    path = {"PATH": f"{shell}{os.pathsep}{os.environ['PATH']}"}
    done = machine.run([f"{shell}/sh", "-c", script], {**path, **env}, timeout=60)
    return done.returncode == 0


def eventually(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Waits for a condition."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.1)
    return condition()
