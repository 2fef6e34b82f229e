"""Scanners over dist/production: each finding is answered in docs/decisions/scanners.md, and each answer is to a finding."""

from __future__ import annotations

import json
import re
import subprocess

from tests.conftest import ROOT
from tests.servers.conftest import needed

FILES = sorted(str(f) for f in (ROOT / "dist" / "production").glob("*.k8s.yaml"))
CRITICAL = 1


def answered(scanner: str) -> set[str]:
    text = (ROOT / "docs" / "decisions" / "scanners.md").read_text()
    return set(re.findall(rf"^\| {scanner} \| `([^`]+)` \| \S", text, re.M))


def test_kube_score_has_no_critical_finding_without_an_answer() -> None:
    needed("kube-score")
    done = subprocess.run(["kube-score", "score", "-o", "json", *FILES], capture_output=True, text=True)
    found = {
        check["check"]["id"]
        for scored in json.loads(done.stdout)
        for check in scored["checks"]
        if check["grade"] == CRITICAL and not check["skipped"]
    }

    assert found == answered("kube-score")


def test_checkov_has_no_finding_without_an_answer() -> None:
    needed("checkov")
    command = [
        "checkov",
        "-d",
        str(ROOT / "dist" / "production"),
        "--framework",
        "kubernetes",
        "--compact",
        "-o",
        "json",
    ]
    report = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
    assert report["summary"]["passed"] > 1000, "nothing was looked at"

    assert {f["check_id"] for f in report["results"]["failed_checks"]} == answered("checkov")
