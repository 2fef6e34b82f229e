"""No credential was ever committed, says gitleaks; and it would say so if one were."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.servers.conftest import needed

NONE = {
    ("generic-api-key", "imports/generated.json"): "the hash of a schema, which is what the bindings are made from",
}
"""What it takes for one, by its rule and file, and what it is."""


def _found(repository: Path, report: Path) -> list[dict[str, Any]]:
    command = ["gitleaks", "git", str(repository), "--no-banner", "--exit-code", "0", "--redact"]
    done = subprocess.run(
        [*command, "--report-format", "json", "--report-path", str(report)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(report.read_text())
    return found


def _git(repository: Path, *arguments: str) -> str:
    who = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid", "-c", "safe.directory=*"]
    command = ["git", *who, "-C", str(repository), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_the_whole_history_has_no_credential(tmp_path: Path) -> None:
    needed("gitleaks", "git")
    if not (ROOT / ".git").exists() or _git(ROOT, "rev-parse", "--is-shallow-repository").strip() == "true":
        pytest.skip("needs the whole history of the repository, not a part of it")

    found = _found(ROOT, tmp_path / "report.json")

    assert [
        f"{f['Commit'][:8]} {f['File']}: {f['RuleID']}" for f in found if (f["RuleID"], f["File"]) not in NONE
    ] == []


def test_one_that_was_committed_and_removed_is_found(tmp_path: Path) -> None:
    needed("gitleaks", "git")
    repository = tmp_path / "repository"
    repository.mkdir()
    _git(repository, "init", "-q")
    for text in ("token = gh" + "p_" + "x9Q2mL7vRt4KwZ8bNc3YhJ6pDf5sGa1eUi0T" + "\n", "\n"):
        (repository / "settings").write_text(text)
        _git(repository, "add", "settings")
        _git(repository, "commit", "-q", "-m", "x")

    assert [f["RuleID"] for f in _found(repository, tmp_path / "report.json")] == ["github-pat"]
