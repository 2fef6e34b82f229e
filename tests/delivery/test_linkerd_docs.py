"""The how-to says what the code does."""

import re

from loom_constructs.delivery.linkerd import versions
from loom_constructs.delivery.linkerd.platforms import PLATFORMS
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "how-to" / "linkerd.md").read_text()


def test_it_names_the_versions_that_go_together():
    assert f"{versions.LINKERD}, charts {versions.chart(versions.LINKERD)}" in TEXT
    assert f"{versions.GATEWAY_API} to {versions.GATEWAY_API_NEWEST}" in TEXT
    assert f"{versions.KUBERNETES} or newer" in TEXT
    assert set(re.findall(r"edge-[\d.]+\d", TEXT)) == {versions.LINKERD}
    assert set(re.findall(r"releases/download/v([\d.]+)/", TEXT)) == {versions.GATEWAY_API}


def test_it_says_of_every_platform_where_the_plugin_goes():
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in TEXT.splitlines()
        if line.startswith("| `") and "--" not in line
    ]
    said = {name: (row[1], row[2]) for row in rows for name in re.findall(r"`([^`]+)`", row[0])}

    assert said == {name: (f"`{d.net}`", f"`{d.bin}`") for name, d in PLATFORMS.items()}


def test_it_names_the_file_in_which_versions_stand():
    [named] = re.findall(r"`(loom_constructs/[^`]+)`", TEXT)

    assert (ROOT / named).is_file()
