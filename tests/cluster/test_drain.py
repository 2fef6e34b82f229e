"""Any node of production can be drained, any zone be lost, and no drain blocks; on simulated nodes (kwok).

The scheduler, the controllers, budgets and evictions are the cluster's own. What is changed of what is rendered is
listed in `tests/harness/drain/rendered.py`.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from loom_constructs.review.drain.row import Row, review
from loom_constructs.review.load import load
from tests import kube
from tests.conftest import ROOT
from tests.harness.drain import look, nodes, proof
from tests.harness.drain.alone import ALONE
from tests.harness.drain.faults import Blocked, drain, drained, lose, restore
from tests.harness.drain.judge import missing, replicas
from tests.harness.drain.proof import Proof
from tests.harness.drain.rendered import NAMESPACE

Object = dict[str, Any]

TIMEOUT = 180
"""Seconds for one drain; they take three to fifteen, or two minutes when a pod of a StatefulSet was replaced unseen."""
ENDLESS = 12
"""Seconds after which a drain that is meant to block is given up: evictions are tried again every five."""


RENDERED = load([ROOT / "dist" / "production"])


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proof]:
    nodes.needed()
    with proof.running(RENDERED, tmp_path_factory.mktemp("drain")) as running:
        yield running


@pytest.fixture(autouse=True)
def whole(production: Proof) -> Iterator[None]:
    """Each proof begins with all that should run."""
    proof.settled()
    production.watch.begin()
    yield


def test_one_node_of_each_zone_is_drained_after_the_other(production: Proof) -> None:
    _drain_all(production, [nodes.names(zone)[0] for zone in nodes.ZONES])


@pytest.mark.long
def test_all_nodes_are_drained_one_after_the_other(production: Proof) -> None:
    """As a cluster is upgraded: nobody waits in between until all is ready again."""
    _drain_all(production, nodes.names())


@pytest.mark.long
@pytest.mark.parametrize("node", nodes.names())
def test_each_node_is_drained(production: Proof, node: str) -> None:
    _drain_all(production, [node])


@pytest.mark.long
def test_with_budgets_both_pods_of_a_service_may_be_asked_to_go_at_once(production: Proof) -> None:
    """The same two drains as without budgets, below."""
    _drain_together(production, "temporal-history")

    assert missing(production.objects, production.watch.fewest) == []


def test_without_budgets_a_service_loses_both(production: Proof) -> None:
    """What is measured can fail, and it is the budgets that make it pass."""
    budgets = [o for o in production.objects if o["kind"] == "PodDisruptionBudget"]
    kube.kubectl("delete", "pdb", "--all", "-n", NAMESPACE)
    try:
        _drain_together(production, "temporal-history")
    finally:
        look.create(*budgets)

    assert "Deployment/temporal-history: 0 ready instead of 1" in missing(production.objects, production.watch.fewest)
    bare = [o for o in RENDERED if o["kind"] != "PodDisruptionBudget"]
    assert _said(bare)["Deployment/temporal-history"].drained == 0


def test_a_zone_is_lost(production: Proof) -> None:
    _lose(production, nodes.ZONES[0])


@pytest.mark.long
@pytest.mark.parametrize("zone", nodes.ZONES[1:])
def test_each_other_zone_is_lost(production: Proof, zone: str) -> None:
    _lose(production, zone)


@pytest.mark.long
def test_a_zone_that_stops_answering_is_noticed_and_replaced(production: Proof) -> None:
    """Nothing is hurried: the controllers find out, the cloud then says that the nodes are gone, pods are collected."""
    zone = nodes.ZONES[2]
    zonal, lost = look.zonal(zone), frozenset(nodes.names(zone))
    production.kubelets.kill(zone)
    began = time.monotonic()
    try:
        kube.until("notice", lambda: production.watch.ready() == production.watch.ready(without=lost), seconds=120)
        noticed = time.monotonic() - began
        assert missing(production.objects, production.watch.fewest) == []
        kube.kubectl("delete", "node", *lost)
        kube.until("what can be replaced", lambda: look.unready() == look.waiting() == zonal, seconds=180)
        replaced = time.monotonic() - began - noticed
        assert missing(production.objects, production.watch.fewest) == []
    finally:
        kube.kubectl("delete", "node", *lost, "--ignore-not-found")
        restore(production.kubelets, zone)
    print(f"\n{zone}: noticed after {noticed:.0f} s, replaced {replaced:.0f} s after the nodes were deleted")
    proof.settled()


@pytest.mark.long
def test_a_broken_pod_does_not_block_a_drain(production: Proof) -> None:
    """Not one pod of it is ready: its budget allows nothing, but what is broken may go."""
    with _broken("temporal-matching") as node, drained(node, seconds=TIMEOUT):
        pass


@pytest.mark.long
def test_a_broken_pod_blocks_a_drain_where_its_budget_wants_healthy_ones(production: Proof) -> None:
    policy = {"spec": {"unhealthyPodEvictionPolicy": "IfHealthyBudget"}}
    kube.kubectl("patch", "pdb", "temporal-matching", "-n", NAMESPACE, "--type=merge", "-p", json.dumps(policy))
    wanting = [
        {**o, "spec": {**o["spec"], **policy["spec"]}} if o["metadata"]["name"] == "temporal-matching" else o
        for o in RENDERED
        if o["kind"] in ("Deployment", "PodDisruptionBudget")
    ]
    assert "that are not ready" in review(wanting)[1][-1]
    try:
        with _broken("temporal-matching") as node, pytest.raises(Blocked), drained(node, seconds=ENDLESS):
            pass
    finally:
        policy["spec"]["unhealthyPodEvictionPolicy"] = "AlwaysAllow"
        kube.kubectl("patch", "pdb", "temporal-matching", "-n", NAMESPACE, "--type=merge", "-p", json.dumps(policy))


@pytest.mark.long
def test_a_budget_over_the_only_pod_blocks_a_drain(production: Proof) -> None:
    """Found by time: the same drain ends as soon as the budget is gone."""
    [pod] = look.pods("temporal-ui")
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "of-one", "namespace": NAMESPACE},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app.kubernetes.io/instance": "temporal-ui"}}},
    }
    said = review([*RENDERED, {**budget, "metadata": {"name": "of-one", "namespace": "loom"}}])[1]
    assert said == [
        "PodDisruptionBudget/of-one never lets a pod of Deployment/temporal-ui go, so a drain of its node does not end; "
        "allow one"
    ]
    look.create(budget)
    try:
        kube.until("the budget", lambda: look.status("of-one").get("expectedPods") == 1, seconds=20)
        with pytest.raises(Blocked, match="disruption budget"), drained(pod["spec"]["nodeName"], seconds=ENDLESS):
            pass
    finally:
        kube.kubectl("delete", "pdb", "of-one", "-n", NAMESPACE)
    with drained(pod["spec"]["nodeName"], seconds=TIMEOUT):
        pass


@pytest.mark.long
def test_a_job_at_work_moves_and_ends(production: Proof) -> None:
    """A backup that a drain interrupts is made again elsewhere."""
    [backup] = [o for o in production.objects if o["kind"] == "CronJob" and o["metadata"]["name"] == "loom-db-backup"]
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "at-work", "namespace": NAMESPACE},
        "spec": copy.deepcopy(backup["spec"]["jobTemplate"]["spec"]),
    }
    job["spec"]["template"]["metadata"].setdefault("annotations", {})["drain-proof/takes"] = "8s"
    look.create(job)
    try:
        running = kube.until("the Job's pod", lambda: look.at_work("at-work"), seconds=30)
        with drained(running["spec"]["nodeName"], seconds=TIMEOUT) as took:
            print(f"\n{running['spec']['nodeName']} with a Job at work: drained in {took:.1f} s")
        kube.until("its end", lambda: not kube.lacking(NAMESPACE, "--field-selector=metadata.name=at-work"), seconds=60)
    finally:
        kube.kubectl("delete", "job", "at-work", "-n", NAMESPACE, "--wait=false")


def test_what_runs_once_is_named_with_its_reason(production: Proof) -> None:
    once = {name for name, number in replicas(production.objects).items() if number == 1}

    assert once == set(ALONE)


def _drain_all(production: Proof, names: list[str]) -> None:
    for node in names:
        with drained(node, seconds=TIMEOUT) as took:
            print(f"\n{node}: drained in {took:.1f} s", end="")
    proof.settled()
    print(f"; fewest ready: {look.shown(production.watch.fewest)}")
    assert missing(production.objects, production.watch.fewest) == []
    assert _fewer(production.watch.fewest, "drained") == []


def _drain_together(production: Proof, deployment: str) -> None:
    """Drains all nodes that a Deployment is on, at the same time."""
    on = sorted({p["spec"]["nodeName"] for p in look.pods(deployment)})
    assert len(on) == 2, "they are spread"
    try:
        with ThreadPoolExecutor(2) as both:
            list(both.map(lambda node: drain(node, seconds=TIMEOUT), on))
    finally:
        for node in on:
            kube.kubectl("uncordon", node)
    proof.settled()


def _lose(production: Proof, zone: str) -> None:
    zonal = look.zonal(zone)
    lost = lose(production.kubelets, zone)
    at_once = production.watch.ready(without=lost)
    try:
        assert missing(production.objects, at_once) == []
        assert _fewer(at_once, "zone") == []
        # whatever has no volume there is replaced elsewhere; what has one waits for its zone
        kube.until("what can be replaced", lambda: look.waiting() == zonal, seconds=60)
        kube.until("the others", lambda: look.unready() == zonal, seconds=60)
        assert len(zonal) == sum(row.waits for row in _said(RENDERED).values())
    finally:
        restore(production.kubelets, zone)
    print(f"\n{zone}: ready at once {look.shown(at_once)}; waiting for the zone: {', '.join(sorted(zonal))}")
    proof.settled()


def _said(objects: list[Object]) -> dict[str, Row]:
    """What is worked out from the text alone; CloudNativePG's pods are a StatefulSet's here."""
    return {str(r.group.key).replace("Cluster/", "StatefulSet/"): r for r in review(objects)[0]}


def _fewer(ready: dict[str, int], what: str) -> list[str]:
    """What had fewer ready pods than `loom-constructs drain` says that are left at the least."""
    return [
        f"{name}: {ready[name]} ready, and {getattr(row, what)} said"
        for name, row in _said(RENDERED).items()
        if ready[name] < getattr(row, what)
    ]


class _broken:
    """All pods of a Deployment stop being ready; gives the node of one."""

    def __init__(self, deployment: str) -> None:
        self._deployment = deployment

    def __enter__(self) -> str:
        pods = look.pods(self._deployment)
        for pod in pods:
            name = pod["metadata"]["name"]
            kube.kubectl("annotate", "pod", name, "-n", NAMESPACE, "drain-proof/broken=yes")
        kube.until("broken pods", lambda: look.status(self._deployment).get("currentHealthy") == 0, seconds=30)
        return str(pods[0]["spec"]["nodeName"])

    def __exit__(self, *_: object) -> None:
        kube.kubectl("delete", "pods", "-n", NAMESPACE, "-l", look.of(self._deployment), "--wait=false")
