"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cdk8s import App, Chart, Testing

Objects = dict[str, dict[str, Any]]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(outdir=str(tmp_path / "dist"))


@pytest.fixture
def chart(app: App) -> Chart:
    return Chart(app, "test", namespace="loom", disable_resource_name_hashes=True, labels={"environment": "test"})


@pytest.fixture
def manifests() -> Callable[[Chart], Objects]:
    """Synthesizes a chart and returns its objects by "Kind/name"."""
    return lambda chart: {f"{o['kind']}/{o['metadata']['name']}": o for o in Testing.synth(chart)}


@pytest.fixture
def render(chart: Chart, manifests: Callable[[Chart], Objects]) -> Callable[[], Objects]:
    """The objects of the test's own chart."""
    return lambda: manifests(chart)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each folder of proofs has its marker, so nobody has to remember it."""
    for item in items:
        folder = item.path.parent.name
        if folder in ("servers", "api", "cluster"):
            item.add_marker(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """With LOOM_NO_SKIPS set a skip is a failure: where everything is there, nothing may be left out."""
    report = yield
    if report.skipped and os.environ.get("LOOM_NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and LOOM_NO_SKIPS is set: {report.longrepr}"
    return report
