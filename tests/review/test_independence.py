"""The judge knows nothing of the judged."""

import ast
import subprocess
import sys

from tests.conftest import ROOT

REVIEW = ROOT / "loom_constructs" / "review"
FILES = sorted(REVIEW.rglob("*.py"))


def test_it_imports_nothing_of_the_constructs():
    assert len(FILES) > 20
    for path in FILES:
        depth = len(path.relative_to(REVIEW).parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.level <= depth, f"{path} imports from outside review"
                assert node.level or not (node.module or "").startswith("loom_constructs"), path
            elif isinstance(node, ast.Import):
                assert not any(n.name.startswith("loom_constructs") for n in node.names), path


def test_it_needs_nothing_but_python_and_pyyaml():
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [n.name for n in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in names:
                top = name.partition(".")[0]
                assert top == "yaml" or top in sys.stdlib_module_names, f"{path} imports {name}"


def test_only_one_file_reads_yaml():
    assert [p.name for p in FILES if "import yaml" in p.read_text()] == ["load.py"]


def test_the_command_line_starts_without_it():
    code = (
        "import sys, loom_constructs.cli as c\n"
        "assert not {'yaml', 'cdk8s', 'loom_constructs.review.review'} & sys.modules.keys()"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
