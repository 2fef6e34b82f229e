"""What other teams import."""

import ast
import inspect
import subprocess
import sys

import pytest

import loom_constructs
from tests.conftest import ROOT

PACKAGES = {
    # each may import from those named, and from itself: arrows point one way
    "kubernetes": set(),
    "traffic": {"kubernetes"},
    "data": {"kubernetes", "traffic"},
    "loom": {"kubernetes", "traffic"},
    "production": {"kubernetes", "imports", "traffic"},
    "policies": {"kubernetes", "traffic"},
    "observability": {"kubernetes", "traffic", "data"},
    "platform": {"kubernetes", "traffic", "data", "loom", "observability", "policies", "production"},
    "delivery": set(),
    "review": set(),
}


def test_every_public_name_is_there_and_documented():
    for name in loom_constructs.__all__:
        value = getattr(loom_constructs, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), name


def test_no_public_name_is_forgotten():
    homes = {name for names in loom_constructs._HOMES.values() for name in names}

    assert homes == set(loom_constructs.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
        getattr(loom_constructs, "Nonsense")  # noqa: B009


def test_the_command_line_starts_without_cdk8s():
    code = "import sys, loom_constructs.cli; assert 'cdk8s' not in sys.modules and 'jsii' not in sys.modules"

    subprocess.run([sys.executable, "-c", code], check=True)


def test_arrows_point_one_way():
    for path in (ROOT / "loom_constructs").rglob("*.py"):
        parts = path.relative_to(ROOT / "loom_constructs").parts
        if len(parts) == 1:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                above = parts[: len(parts) - node.level]
                target = [*above, *(node.module or "").split(".")]
                home = target[0] or (node.names[0].name if not above else parts[0])
                assert home == parts[0] or home in PACKAGES[parts[0]], f"{'/'.join(parts)} imports {home}"


def test_every_construct_has_a_page():
    constructs = [
        name
        for name in loom_constructs.__all__
        if inspect.isclass(value := getattr(loom_constructs, name)) and _is_construct(value)
    ]
    heads = [p.read_text()[:400] for p in (ROOT / "docs" / "constructs").glob("*.md") if p.name != "README.md"]

    assert len(constructs) >= 10
    for name in constructs:
        assert any(f"`{name}`" in head for head in heads), f"{name} has no page in docs/constructs"


def _is_construct(value):
    from constructs import Construct

    return issubclass(value, Construct) and value.__name__ not in ("Call", "Manifest", "UniqueNames")
