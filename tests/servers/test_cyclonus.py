"""What we say of NetworkPolicies is what cyclonus says of them: another program, by other people."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from tests.review.cyclonus import judge, ours
from tests.review.cyclonus.compare import differences, questions
from tests.review.cyclonus.judge import Verdicts
from tests.review.cyclonus.misreadings import MISREADINGS
from tests.review.cyclonus.policies import PolicySet, random_sets

Judged = list[tuple[PolicySet, Verdicts]]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Random sets of policies, each with cyclonus' verdicts."""
    program = judge.build(tmp_path_factory.mktemp("cyclonus"))
    sets = random_sets()
    return list(zip(sets, judge.ask(program, sets), strict=True))


def test_every_verdict_is_the_same(judged: Judged) -> None:
    found = [line for each, theirs in judged for line in differences(each, ours.verdicts(each), theirs)]

    asked = sum(len(each.ports) * len(list(questions(each))) for each, _ in judged)
    policies = sum(len(each.policies) for each, _ in judged)
    print(f"\n{len(judged)} sets, {policies} policies, {asked} questions with two answers each")
    assert not found, f"{len(found)} of {2 * asked} answers differ\n" + "\n".join(found[:20])


def test_the_questions_are_worth_asking(judged: Judged) -> None:
    """Neither everything is allowed nor everything forbidden: all four answers are given often."""
    answers = [
        answer
        for each, theirs in judged
        for source, destination in questions(each)
        for answer in theirs[source][destination]
    ]
    for answer in "0123":
        assert answers.count(answer) > len(answers) / 50, answer


def test_a_pod_reaches_itself_whatever_the_policies_say(judged: Judged) -> None:
    forbidden = 0
    for each, theirs in judged:
        found, policies = ours.compiled(each.world, each.policies)
        for i in range(len(each.world.pods)):
            forbidden += theirs[i][i] != "3" * len(each.ports)
            assert all(policies.allows(found.all[i], found.all[i], *port) for port in each.ports)

    assert forbidden, "cyclonus, which has no such exception, would have forbidden it"


@pytest.mark.parametrize("reading", MISREADINGS)
def test_a_wrong_reading_is_noticed(judged: Judged, reading: str) -> None:
    misread = MISREADINGS[reading]

    assert any(differences(each, ours.verdicts(misread(each)), theirs) for each, theirs in judged)


def test_verdicts_that_are_negated_for_one_rule_are_noticed(judged: Judged) -> None:
    """Without a rule, exactly the verdicts that hang on it are negated, all of them in its direction."""
    noticed = 0
    for each, theirs in judged:
        for direction in ("ingress", "egress"):
            lines = differences(each, ours.verdicts(_without_a_rule(each, direction)), theirs)
            assert all(line.endswith(f"forbids it ({direction})") for line in lines)
            noticed += bool(lines)

    assert noticed > 20


def _without_a_rule(each: PolicySet, direction: str) -> PolicySet:
    """The set without the first rule of its first policy that has any and says its types itself."""
    policies = copy.deepcopy(each.policies)
    for policy in policies:
        if policy["spec"].get(direction) and policy["spec"].get("policyTypes"):
            del policy["spec"][direction][0]
            break
    return replace(each, policies=policies)
