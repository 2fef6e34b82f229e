"""What is said about changes that the API server accepts or refuses; tests/api/test_upgrade.py asks it."""

import pytest

from loom_constructs.review.upgrade.judge import judge
from loom_constructs.review.upgrade.key import key_of
from loom_constructs.review.upgrade.rules.refused import FIXED

from .cases import CASES, Verdict


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_each_difference_is_one_line_with_its_verdict(case):
    [change] = judge([case.before], [case.after])

    assert change.verdict == case.verdict, change
    assert change.what and (change.todo or change.verdict == Verdict.SAFE)
    assert change.differences


def test_the_way_back_is_judged_too():
    for case in CASES:
        assert judge([case.after], [case.before]), case.title


def test_a_refusal_is_said_to_be_one():
    for case in CASES:
        [change] = judge([case.before], [case.after])

        assert ("Refused" in change.todo) == case.is_refused, f"{case.title}: {change.what}. {change.todo}"


def test_there_are_enough_of_both():
    refused = [c for c in CASES if c.is_refused]

    assert len(refused) >= 20 and len(CASES) - len(refused) >= 20
    assert len({c.name for c in CASES}) == len(CASES)


def test_every_field_that_is_said_to_be_fixed_has_a_case():
    tried = {
        (k := key_of(c.before)).group + "/" + k.kind + " " + field
        for c in CASES
        if c.is_refused
        for field in _fields(c)
    }

    for (group, kind), fields in FIXED.items():
        for field in fields:
            assert any(t == f"{group}/{kind} {field}" or t.startswith(f"{group}/{kind} {field}.") for t in tried), (
                f"{kind} {field}"
            )


def _fields(case):
    return [path.replace("__", ".") for path in case.change]


def test_what_does_not_change_is_not_mentioned():
    for case in CASES:
        assert judge([case.before], [case.before]) == [], case.title
