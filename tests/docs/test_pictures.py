"""The pictures in docs/traffic show what is rendered now."""

import runpy

from tests.conftest import ROOT

FOLDER = ROOT / "docs" / "traffic"


def test_they_are_current():
    drawn = runpy.run_path(str(FOLDER / "draw.py"))["draw"]()

    assert set(drawn) == {f.name for f in FOLDER.iterdir() if f.suffix in (".html", ".md")}
    for name, text in drawn.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name} is old: run `make pictures` and commit"
