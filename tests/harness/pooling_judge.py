"""The judge of poolers: tests/harness/pooling, compiled."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT

SOURCE = ROOT / "tests" / "harness" / "pooling"


def build(folder: Path, **env: str) -> Path:
    """Compiles it."""
    if shutil.which("go") is None:
        pytest.skip("needs go on the PATH, which compiles the judge")
    program = folder / "pooling"
    command = ["go", "build", "-mod=readonly", "-buildvcs=false", "-o", str(program), "."]
    subprocess.run(command, cwd=SOURCE, check=True, env={**os.environ, **env})
    program.chmod(0o755)
    return program


def data_source_name(host: str, port: int, user: str) -> str:
    """As it is rendered for Loom, with its variables in place; lib/pq takes the password from PGPASSWORD."""
    objects = yaml.safe_load_all((ROOT / "dist" / "local" / "loom.k8s.yaml").read_text())
    files = next(o for o in objects if o["kind"] == "ConfigMap" and o["metadata"]["name"] == "loom-config")["data"]
    dsn: str = yaml.safe_load(files["config.yaml"])["database"]["dsn"]
    values = {"HOST": host, "PORT": str(port), "USER": user, "SSLMODE": "disable"}
    for name, value in values.items():
        dsn = dsn.replace(f"${{POSTGRES_{name}}}", value)
    assert "$" not in dsn
    return dsn
