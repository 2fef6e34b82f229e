"""The ordinary way: `cdk8s synth` of the pinned command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from loom_constructs.platform.synthesis import compare
from tests.conftest import ROOT
from tests.servers.conftest import needed


def test_it_renders_the_same_bytes(tmp_path: Path) -> None:
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    if shutil.which("npx", path=path) is None:
        needed("npx")
    generator = json.loads((ROOT / "imports" / "generated.json").read_text())["generator"]
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "dist", "__pycache__"))

    done = subprocess.run(
        ["npx", "--yes", generator, "synth"], cwd=copy, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    difference = compare(ROOT / "dist", copy / "dist")
    assert difference.same, difference
