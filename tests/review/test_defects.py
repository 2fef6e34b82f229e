"""A corpus of manifests that are wrong, each in one way: the answer says in one line what it is, and fails.

The first line of each file holds what that line has to say.
"""

from pathlib import Path

import pytest

from loom_constructs.cli import main

FOLDER = Path(__file__).parent / "defects"
DEFECTS = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda p: p.stem)
def test_it_is_said(defect, capsys):
    head = defect.read_text().partition("\n")[0]
    assert head.startswith("# expect: ")
    intention = defect.with_suffix(".expect.json")
    expect = ["--expect", str(intention)] if intention.exists() else []

    code = main(["reach", str(defect), "--strict", *expect])

    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("difference: ", "finding: "))]
    assert code == 1
    assert [line for line in lines if head.removeprefix("# expect: ") in line], "\n".join(lines)


def test_there_are_enough_and_no_intention_is_left_over():
    assert len(DEFECTS) >= 18
    for intention in FOLDER.glob("*.expect.json"):
        assert intention.with_name(intention.name.replace(".expect.json", ".yaml")) in DEFECTS
