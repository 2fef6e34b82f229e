"""`loom-constructs drain`: what survives, and what blocks."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from loom_constructs.cli import main
from loom_constructs.review.drain.row import Row, review
from loom_constructs.review.load import load
from tests.conftest import ROOT
from tests.harness.drain.alone import ALONE

Object = dict[str, Any]

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
SELECTOR = {"matchLabels": {"app": "web"}}


def workload(number: int | None = 2, kind: str = "Deployment", name: str = "web", **spec: Any) -> Object:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": spec}
    said = {} if number is None else {"replicas": number}
    item = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}}
    return {**item, "spec": {**said, "template": template}}


def budget(name: str = "web", selector: Object | None = SELECTOR, **spec: Any) -> Object:
    said = {"unhealthyPodEvictionPolicy": "AlwaysAllow", "selector": selector, **spec}
    metadata = {"name": name, "namespace": "shop"}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": said}


def spread(skew: int = 1, key: str = ZONE, when: str = "DoNotSchedule", **more: Any) -> Object:
    one = {"maxSkew": skew, "topologyKey": key, "whenUnsatisfiable": when, "labelSelector": SELECTOR, **more}
    return {"topologySpreadConstraints": [one]}


def apart(key: str) -> Object:
    term = {"labelSelector": SELECTOR, "topologyKey": key}
    return {"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}


def cluster(**spec: Any) -> Object:
    item = {"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": {"name": "db", "namespace": "shop"}}
    return {**item, "spec": spec}


def only(*objects: Object, **layout: int) -> tuple[Row, list[str]]:
    rows, found = review(objects, **layout)
    assert len(rows) == 1
    return rows[0], found


def test_everything_of_production_survives_but_what_runs_once_and_is_named() -> None:
    rows, found = review(load([ROOT / "dist" / "production"]))

    assert {str(r.group.key) for r in rows if not r.survives} == set(ALONE)
    assert {str(r.group.key): r.zone for r in rows if r.group.number == 3} == {
        "Cluster/loom-db": 2,
        "StatefulSet/nats": 2,
    }
    assert found == []


@pytest.mark.parametrize("environment", ["local", "staging"])
def test_nothing_blocks_a_drain_anywhere(environment: str) -> None:
    assert review(load([ROOT / "dist" / environment]))[1] == []


@pytest.mark.parametrize(
    ("spec", "node", "zone"),
    [
        ({}, 0, 0),
        (spread(when="ScheduleAnyway"), 0, 0),
        (spread(), 1, 1),
        (spread(2), 0, 0),
        (spread(2, minDomains=9), 0, 0),
        (spread(key=HOST), 1, 0),
        (apart(HOST), 1, 0),
        (apart(ZONE), 1, 1),
        (spread(labelSelector={"matchLabels": {"app": "other"}}), 0, 0),
    ],
)
def test_only_what_the_scheduler_is_forced_to_counts(spec: Object, node: int, zone: int) -> None:
    row, _ = only(workload(2, **spec))

    assert (row.node, row.zone) == (node, zone)


@pytest.mark.parametrize(("pods", "skew", "zones"), [*itertools.product((1, 2, 3, 5, 7), (1, 2, 3), (2, 3, 4))])
def test_the_share_of_a_zone_is_the_most_that_the_rule_lets_happen(pods: int, skew: int, zones: int) -> None:
    """All placements that the scheduler's rule permits, pod by pod."""
    placements = {(0,) * zones}
    for _ in range(pods):
        placements = {
            tuple(sorted((*p[:i], p[i] + 1, *p[i + 1 :])))
            for p in placements
            for i in range(zones)
            if p[i] + 1 - min(p) <= skew
        }

    row, _ = only(workload(pods, **spread(skew)), zones=zones, nodes=2 * zones)

    assert row.zone == pods - max(map(max, placements))


def test_a_group_that_is_counted_with_another_may_lie_in_one_zone() -> None:
    rows, _ = review([workload(2, **spread()), workload(4, name="others", **spread())])

    assert [r.zone for r in rows] == [0, 2]


def test_a_pod_with_a_volume_waits_for_its_zone() -> None:
    stateful = workload(3, "StatefulSet", **spread())
    stateful["spec"]["volumeClaimTemplates"] = [{}]

    assert only(stateful)[0].waits == 1
    assert only(workload(3, **spread()))[0].waits == 0


@pytest.mark.parametrize(
    ("pods", "spec", "drained"),
    [
        (2, {"maxUnavailable": 1}, 1),
        (3, {"minAvailable": 1}, 1),
        (3, {"maxUnavailable": "30%"}, 2),
        (3, {"minAvailable": "30%"}, 1),
        (2, {"maxUnavailable": 2}, 0),
        (2, {"maxUnavailable": "100%"}, 0),
        (1, {"maxUnavailable": 1}, 0),
    ],
)
def test_a_budget_says_what_is_left_while_nodes_are_drained(pods: int, spec: Object, drained: int) -> None:
    row, found = only(workload(pods), budget(**spec))

    assert (row.drained, found) == (drained, [])


def test_an_autoscaler_says_how_many_there_are_at_the_least() -> None:
    target = {"kind": "Deployment", "name": "web"}
    scaler = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler"}
    scaler |= {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"scaleTargetRef": target, "minReplicas": 2}}

    assert only(workload(None), budget(maxUnavailable=1), scaler)[0].drained == 1


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        ([workload(1), budget(minAvailable=1)], "never lets a pod of Deployment/web go"),
        ([workload(2), budget(maxUnavailable=0)], "never lets a pod"),
        ([workload(2), budget(minAvailable="51%")], "never lets a pod"),
        ([workload(2), budget()], "never lets a pod"),
        ([workload(2), budget(maxUnavailable=1, unhealthyPodEvictionPolicy=None)], "that are not ready"),
        ([workload(2), budget(maxUnavailable=1, selector={"matchLabels": {"app": "wbe"}})], "counts no pods"),
        ([workload(2), budget(maxUnavailable=1, selector=None)], "counts no pods"),
        ([workload(2), budget(maxUnavailable=1), budget("all", {}, maxUnavailable=1)], "counted by"),
        ([cluster(instances=1)], "one instance"),
        ([{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {}}], "has no controller"),
    ],
)
def test_what_blocks_a_drain_is_found(objects: list[Object], said: str) -> None:
    [found] = review(objects)[1]

    assert said in found


def test_a_budget_over_a_jobs_pods_lets_none_go() -> None:
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "web", "namespace": "shop"}}
    job["spec"] = {"template": {"metadata": {"labels": {"app": "web"}}, "spec": {}}}

    assert "Job/web" in review([job, budget(maxUnavailable=1)])[1][0]


def test_cloud_native_pg_is_as_its_operator_makes_it() -> None:
    apart = {"podAntiAffinityType": "required", "topologyKey": ZONE}

    assert only(cluster(instances=3, affinity=apart))[0].survives
    assert only(cluster(instances=3))[0].zone == 0
    assert only(cluster(instances=3, affinity=apart, enablePDB=False))[0].drained == 0
    assert only(cluster(instances=1, enablePDB=False))[1] == []


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "all.yaml"
    file.write_text(yaml.safe_dump_all([workload(1, name="page"), workload(2, **spread()), budget(maxUnavailable=1)]))

    assert main(["drain", str(file)]) == 1
    assert main(["drain", str(file), "--allow", "Deployment/page", "--allow", "Deployment/no"]) == 0
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "workload         pods  drained  node lost  zone lost",
        "Deployment/page  1     0        0          0 allowed",
        "Deployment/web   2     1        1          1",
        "1 of 2 always have a pod that is ready, 1 do not (1 allowed); no findings; --allow Deployment/no allows nothing",
    ]
    assert main(["drain", str(file), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["workloads"][1]["drained"] == 1
    assert main(["drain", str(file), "--zones", "1"]) == 1
    assert "--zones must be at least 2, got 1" in capsys.readouterr().err
