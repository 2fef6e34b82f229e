"""The bindings of custom resources."""

import hashlib
import json
import re
import tomllib

from loom_constructs.imports.regenerate import BOUND

from tests.conftest import ROOT


def test_the_bindings_are_made_from_the_schemas_as_they_are():
    made_from = json.loads((ROOT / "imports" / "generated.json").read_text())
    schemas = {
        f"schemas/{name}.yaml": hashlib.sha256((ROOT / "imports" / "schemas" / f"{name}.yaml").read_bytes()).hexdigest()
        for name in BOUND
    }

    assert {k: v for k, v in made_from.items() if k != "generator"} == schemas, "run `make imports` and commit"


def test_the_generator_is_the_pinned_one():
    made_from = json.loads((ROOT / "imports" / "generated.json").read_text())
    pinned = re.search(r"^CDK8S_CLI := (\S+)$", (ROOT / "Makefile").read_text(), re.M)[1]

    assert made_from["generator"] == pinned
    assert f"npx {pinned} synth" in (ROOT / "cdk8s.yaml").read_text()


def test_every_binding_is_in_the_wheel():
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]

    for name in BOUND:
        assert f"loom_constructs.imports.{name.replace('-', '_')}" in packages
    for folder in (ROOT / "loom_constructs").rglob("__init__.py"):
        name = ".".join(folder.parent.relative_to(ROOT).parts)
        assert name in packages


def test_requirements_are_exact():
    lines = (ROOT / "requirements.txt").read_text().splitlines()

    for line in lines:
        assert line.startswith("#") or line == "-e ." or re.fullmatch(r"[A-Za-z0-9_.-]+==\S+", line), line
