"""The corpus, and all of dist/, judged by a real API server with our policies in force."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator

import pytest

from loom_constructs.platform import ENVIRONMENTS
from loom_constructs.platform.environment import Environment
from tests import kube
from tests.conftest import ROOT
from tests.pods import template, workloads
from tests.production.admission import engines, verdicts
from tests.production.admission.corpus import GOOD, expected, manifests
from tests.production.admission.server import Server, server, wait_for_account

WAS_THERE = "was-there"


@pytest.fixture(scope="module")
def judge() -> Iterator[Server]:
    """In force for all tests; what breaks a rule was there before."""
    old = copy.deepcopy(GOOD["Deployment"])
    old["metadata"]["name"] = WAS_THERE
    old["metadata"]["finalizers"] = ["admission.loom/proof"]
    del old["spec"]["template"]["spec"]["containers"][0]["resources"]
    with server(before=[old]) as found:
        for namespace in (found.refusing, found.warning):
            wait_for_account(found, namespace)
        yield found
        # whatever a test left: the namespace would wait for it
        path = found.path("Deployment", found.refusing, WAS_THERE)
        found.send("PATCH", path, {"metadata": {"finalizers": None}}, dry=False)


def test_the_server_gives_the_right_verdict_on_every_manifest(judge: Server) -> None:
    found = judge.verdicts(manifests().values())

    assert found == expected()
    assert found == verdicts.column("API server"), "run `make verdicts` and commit"


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: e.name)
def test_all_that_is_rendered_passes_and_so_do_its_pods(judge: Server, environment: Environment) -> None:
    kube.priorities(environment.name)
    objects = engines.load(*sorted((ROOT / "dist" / environment.name).glob("*.k8s.yaml")))
    judged = [o for o in objects if o["kind"] in engines.KINDS]
    judged += engines.jobs_of(judged)
    pods = []
    accounts = []
    for workload in workloads(judged):
        made = template(workload)
        if workload["kind"] == "StatefulSet":
            made["spec"].setdefault("volumes", []).append({"name": "data", "emptyDir": {}})
        meta = {**made["metadata"], "name": f"{workload['metadata']['name']}-pod"}
        pods.append({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": made["spec"]})
        accounts.append(made["spec"]["serviceAccountName"])
    for account in set(accounts):
        made = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}}
        for namespace in (judge.refusing, judge.warning):
            assert judge.create(made, namespace, dry=False).status in (201, 409)

    found = judge.verdicts([*judged, *pods])
    assert len(found) > 25
    assert {what: broken for what, broken in found.items() if broken} == {}


def test_what_was_there_before_lives_on_until_it_is_changed(judge: Server) -> None:
    path = judge.path("Deployment", judge.refusing, WAS_THERE)

    assert judge.send("PATCH", path, {"metadata": {"annotations": {"seen": "yes"}}}).denied is None
    assert judge.send("PATCH", path, {"spec": {"replicas": 3}}).denied is None
    assert judge.send("PATCH", f"{path}/scale", {"spec": {"replicas": 2}}).denied is None
    changed = {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}}
    assert judge.send("PATCH", path, changed).denied is None, "a restart must be possible at night"
    other = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 10}}}}
    assert judge.send("PATCH", path, other).denied == f"{judge.refusing}-limits"
    # labels are what exemptions hang on; the server names one of the rules
    denied = judge.send("PATCH", path, {"metadata": {"labels": {"version": None}}}).denied
    assert denied in (f"{judge.refusing}-labels", f"{judge.refusing}-limits")

    # it goes, though something waits for its end
    assert judge.send("DELETE", path, {"propagationPolicy": "Background"}, dry=False).status == 200
    assert judge.send("PATCH", path, {"metadata": {"finalizers": None}}, dry=False).denied is None
    assert judge.send("GET", path, {}, dry=False).status == 404


def test_the_server_has_no_doubts_about_the_expressions(judge: Server) -> None:
    """It checks their types for every kind that a policy is about, and writes down what it doubts."""
    kind = "validatingadmissionpolicies"

    def checked() -> list[dict[str, object]]:
        items = json.loads(kube.kubectl("get", kind, "-o", "json"))["items"]
        ours = [p for p in items if p["metadata"]["name"].startswith(f"{judge.refusing}-")]
        assert all("typeChecking" in p.get("status", {}) for p in ours), "not all are checked yet"
        return ours

    found = kube.until("types are checked", checked, seconds=60)
    doubts = {p["metadata"]["name"]: p["status"]["typeChecking"] for p in found}
    assert {name: doubt for name, doubt in doubts.items() if doubt} == {}
