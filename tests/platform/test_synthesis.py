"""From environments to files."""

import dataclasses
import os
import shutil
import subprocess
import sys

import pytest

from loom_constructs.platform import LOCAL, synthesis, synthesize
from loom_constructs.platform.synthesis import compare
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """All environments, rendered anew by another process."""
    folder = tmp_path_factory.mktemp("fresh") / "dist"
    run = subprocess.run(
        [sys.executable, "main.py"],
        cwd=ROOT,
        env={**os.environ, "CDK8S_OUTDIR": str(folder)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return folder


def test_it_says_who_is_meant_to_reach_whom(tmp_path):
    summary = synthesize([LOCAL], tmp_path / "dist")

    # with and without the add-on
    assert list(summary.traffic) == ["local", "local-linkerd"]
    for name, table in summary.traffic.items():
        assert (ROOT / "docs" / "traffic" / f"{name}.json").read_text() == table, "run `make synth` and commit"


def test_dist_is_what_the_code_renders(fresh):
    difference = compare(ROOT / "dist", fresh)

    assert difference.same, f"run `make synth` and commit:\n{difference}"


@pytest.fixture
def quick(monkeypatch, fresh):
    """What is rendered is taken from the fresh folder: these tests are about what happens to it then."""

    def copies(environments, folder):
        for environment in environments:
            shutil.copytree(fresh / environment.name, folder / environment.name)
        return {"local": "{}"}

    monkeypatch.setattr(synthesis, "render", copies)


def test_the_summary_says_what_changed(tmp_path, quick):
    folder = tmp_path / "dist"
    assert str(synthesize([LOCAL], folder)).splitlines()[0] == "+ local/admission/admission.k8s.yaml"
    assert str(synthesize([LOCAL], folder)) == "10 files, nothing changed"

    (folder / "local" / "stale.yaml").write_text("")
    (folder / "local" / "loom.k8s.yaml").write_text("")
    assert str(synthesize([LOCAL], folder)).splitlines() == [
        "~ local/loom.k8s.yaml",
        "- local/stale.yaml",
        "10 files, 2 changed",
    ]
    assert not (folder / "local" / "stale.yaml").exists()


def test_a_check_writes_nothing(tmp_path, quick):
    folder = tmp_path / "dist"
    synthesize([LOCAL], folder)
    (folder / "local" / "loom.k8s.yaml").write_text("edited")

    assert synthesize([LOCAL], folder, check=True).changed == ("local/loom.k8s.yaml",)
    assert (folder / "local" / "loom.k8s.yaml").read_text() == "edited"
    assert [f.name for f in tmp_path.iterdir()] == ["dist"]


def test_a_failure_leaves_what_was_there(tmp_path, fresh):
    folder = tmp_path / "dist"
    shutil.copytree(fresh / "local", folder / "local")
    before = {f: f.read_bytes() for f in (folder / "local").rglob("*.yaml")}
    values = {f.name: getattr(LOCAL, f.name) for f in dataclasses.fields(LOCAL)}
    greedy = type(LOCAL)(**{**values, "pgbouncer": dataclasses.replace(LOCAL.pgbouncer, pool_size=150)})

    with pytest.raises(RuntimeError, match="max_connections of loom-db"):
        synthesize([greedy], folder)

    assert {f: f.read_bytes() for f in (folder / "local").rglob("*.yaml")} == before
    assert [f.name for f in tmp_path.iterdir()] == ["dist"]


def test_an_environment_twice_is_refused(tmp_path):
    with pytest.raises(ValueError, match="environments must be without repetition, got 'local'"):
        synthesize([LOCAL, LOCAL], tmp_path / "dist")
