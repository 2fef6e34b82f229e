"""The corpus and all of dist/, judged by Gatekeeper and by Kyverno."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from loom_constructs import GatekeeperPolicies, KyvernoPolicies
from loom_constructs.platform import ENVIRONMENTS
from loom_constructs.platform.charts.admission import demanded
from loom_constructs.platform.environment import Environment
from tests import go
from tests.conftest import ROOT
from tests.production.admission import engines, verdicts
from tests.production.admission.corpus import expected, manifests
from tests.production.admission.mutants import mutants
from tests.servers.conftest import needed

SOURCES = Path(__file__).parent / "admission"


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Kyverno is made of, without what takes long to build."""
    return go.build(SOURCES, tmp_path_factory.mktemp("kyverno") / "kyverno-judge")


def test_gatekeeper_gives_the_right_verdict_on_every_manifest(tmp_path: Path) -> None:
    needed("gator")
    found = engines.gator(engines.rendered(GatekeeperPolicies), list(manifests().values()), tmp_path)

    assert found == expected()
    assert found == verdicts.column("Gatekeeper"), "run `make verdicts` and commit"


def test_kyverno_gives_the_right_verdict_on_every_manifest(judge: Path, tmp_path: Path) -> None:
    found = engines.judge(judge, engines.rendered(KyvernoPolicies), list(manifests().values()), tmp_path)

    assert found == expected()
    assert found == verdicts.column("Kyverno"), "run `make verdicts` and commit"


@pytest.mark.long
def test_kyvernos_command_line_says_the_same(tmp_path: Path) -> None:
    """It is what people have, but takes eight minutes of two processors to build."""
    if shutil.which("kubectl-kyverno") is None:
        pytest.skip("needs kubectl-kyverno 1.19 on the PATH (docs/proof/admission.md says how it is built)")
    found = engines.kyverno(engines.rendered(KyvernoPolicies), list(manifests().values()), tmp_path)

    assert found == expected()
    assert found == verdicts.column("Kyverno"), "run `make verdicts` and commit"


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: e.name)
def test_all_that_is_rendered_passes(judge: Path, environment: Environment, tmp_path: Path) -> None:
    needed("gator")
    objects = engines.load(*sorted((ROOT / "dist" / environment.name).glob("*.k8s.yaml")))
    # what has no namespace is not what the rules are about
    judged = [o for o in objects if o["kind"] in engines.KINDS]
    judged += engines.jobs_of(judged)
    assert len(judged) > 15
    rules = demanded(environment)
    names = {"namespace": environment.namespace}

    for found in (
        engines.gator(engines.rendered(GatekeeperPolicies, rules, **names), judged, tmp_path),
        engines.judge(judge, engines.rendered(KyvernoPolicies, rules, **names), judged, tmp_path),
    ):
        assert {name: broken for name, broken in found.items() if broken} == {}


def test_every_mistake_in_a_rule_is_noticed(judge: Path, tmp_path: Path) -> None:
    wrong = list(mutants(engines.ALL))
    assert {m.rule for m in wrong} == {rule.name for rule in engines.ALL}
    policies, objects = tmp_path / "policies.json", list(manifests().values())
    policies.write_text("\n".join(json.dumps(m.policy) for m in wrong))
    (tmp_path / "namespace.json").write_text(json.dumps(engines.namespace()))
    text = "\n".join(map(json.dumps, objects))
    command = [str(judge), str(policies), str(tmp_path / "namespace.json")]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    refused = defaultdict(set)
    for result in map(json.loads, done.stdout.splitlines()):
        if result["result"] in ("fail", "error"):
            refused[result["policy"]].add(result["object"])

    meant = {rule.name: {n for n, broken in expected().items() if rule.name in broken} for rule in engines.ALL}
    unnoticed = [m.name for m in wrong if refused[m.policy["metadata"]["name"]] == meant[m.rule]]
    assert not unnoticed, f"{len(unnoticed)} of {len(wrong)}:\n" + "\n".join(unnoticed)
