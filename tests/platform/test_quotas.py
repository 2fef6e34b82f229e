"""The quotas of what is rendered."""

import pytest

from loom_constructs.platform import LOCAL, PRODUCTION, STAGING
from loom_constructs.production.quotas.amounts import counted
from loom_constructs.production.quotas.demand import Demand
from tests.platform.test_dist import objects
from tests.pods import pod_spec, workloads

LIMITED = {e.name: e for e in (STAGING, PRODUCTION)}


def hard(rendered):
    [quota] = [o for o in rendered if o["kind"] == "ResourceQuota"]
    return {k: counted(k, v) for k, v in quota["spec"]["hard"].items()}


@pytest.mark.parametrize("name", LIMITED)
def test_everything_can_be_rolled_while_all_old_pods_are_still_ending(name):
    """Then a Deployment has all its new pods and all its old ones, which count until their grace is over."""
    rendered = objects(name)
    for item in rendered:
        if item["kind"] == "Deployment":
            item["spec"] |= {"replicas": 2 * item["spec"].get("replicas", 1), "strategy": {"type": "Recreate"}}
    demand = Demand(rendered, default=LIMITED[name].quotas.default, nodes=None).amounts

    assert {k: v for k, v in demand.items() if v > hard(rendered)[k]} == {}


@pytest.mark.parametrize("name", LIMITED)
def test_a_quarter_more_of_everything_does_not_fit(name):
    rendered = objects(name)
    demand = Demand(rendered, default=LIMITED[name].quotas.default, nodes=None).amounts

    for resource in ("pods", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory", "requests.storage"):
        assert demand[resource] * 1.25 > hard(rendered)[resource], resource


@pytest.mark.parametrize("name", LIMITED)
def test_every_pod_has_a_class_that_is_rendered(name):
    rendered = objects(name)
    classes = {o["metadata"]["name"]: o["value"] for o in rendered if o["kind"] == "PriorityClass"}
    used = {w["metadata"]["name"]: pod_spec(w).get("priorityClassName") for w in workloads(rendered)}
    used |= {o["metadata"]["name"]: o["spec"]["priorityClassName"] for o in rendered if o["kind"] == "Cluster"}

    assert [n for n, c in used.items() if c not in classes] == []
    assert classes["loom-data"] > classes["loom-control"] > classes["loom-agents"] > 0
    assert (used["nats"], used["loom-db"], used["pgbouncer"]) == ("loom-data",) * 3
    assert (used["loom"], used["connectors-service"]) == ("loom-control",) * 2
    assert used["loom-agent-coder"] == "loom-agents"


def test_a_laptop_has_none():
    assert LOCAL.quotas is None
    kinds = {o["kind"] for o in objects("local")}
    assert not kinds & {"ResourceQuota", "LimitRange", "PriorityClass"}
    assert not any("priorityClassName" in pod_spec(w) for w in workloads(objects("local")))
