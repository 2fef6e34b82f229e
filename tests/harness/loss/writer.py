"""Runs the writer."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import go

SOURCES = Path(__file__).parent / "writer"


@dataclass(frozen=True)
class Writing:
    """A writer that runs."""

    log: Path
    process: subprocess.Popen[str]


def build(folder: Path) -> Path:
    """Builds the writer; skips where that is not possible."""
    return go.build(SOURCES, folder / "writer")


@contextmanager
def writing(
    program: Path, to: str, log: Path, env: Mapping[str, str], *options: str, seconds: float = 20
) -> Iterator[Writing]:
    """Writes until the end of the block, and then until nothing is under way; ids begin with the log's name.

    Args:
        seconds: Within which something must have been acknowledged.
    """
    command = [str(program), "-to", to, "-run", log.stem, "-log", str(log), *options]
    process = subprocess.Popen(command, env={**os.environ, **env}, stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + seconds
        while not (log.exists() and "acknowledged" in log.read_text()):
            said = process.stderr.read() if process.poll() is not None and process.stderr else log
            assert process.poll() is None and time.monotonic() < end, f"nothing was acknowledged: {said}"
            time.sleep(0.1)
        yield Writing(log, process)
        assert process.poll() is None, "the writer ended too early"
    finally:
        process.terminate()
        try:
            process.communicate(timeout=45)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
