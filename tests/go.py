"""Programs in Go that tests build from their own sources."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

# what Go says when it reaches no module proxy; anything else, a wrong checksum for example, is a failure
_UNREACHABLE = ("dial tcp", "i/o timeout", "no such host", "proxyconnect", "TLS handshake timeout", "GOPROXY=off")


def build(sources: Path, program: Path) -> Path:
    """Builds a program; skips where that is not possible."""
    if shutil.which("go") is None:
        pytest.skip("needs go on the PATH")
    command = ["go", "build", "-mod=readonly", "-buildvcs=false", "-o", str(program), "."]
    done = subprocess.run(command, cwd=sources, text=True, capture_output=True, timeout=900)
    if done.returncode and any(said in done.stderr for said in _UNREACHABLE):
        pytest.skip(f"needs Go's module proxy: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return program
