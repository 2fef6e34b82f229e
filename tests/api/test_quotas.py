"""Production's quota on a real API server: it holds the biggest moment of all that is rendered, and nothing more."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cdk8s
import pytest
import yaml

from loom_constructs import Manifest
from loom_constructs.platform import PRODUCTION, LoomPlatform
from loom_constructs.production.quotas.amounts import counted
from loom_constructs.production.quotas.demand import Demand
from loom_constructs.production.quotas.pods import containers
from tests import kube
from tests.conftest import ROOT
from tests.pods import template, workloads

NAMESPACE = "loom-quota-proof"
Object = dict[str, Any]

BUILT_IN = ("v1", "apps/v1", "batch/v1", "networking.k8s.io/v1", "scheduling.k8s.io/v1", "policy/v1")
SECURE = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def rendered() -> list[Object]:
    folder = ROOT / "dist" / "production"
    objects = [o for f in sorted(folder.glob("*.k8s.yaml")) for o in yaml.safe_load_all(f.read_text()) if o]
    for item in objects:
        if "namespace" in item["metadata"]:
            item["metadata"]["namespace"] = NAMESPACE
    return [o for o in objects if o["kind"] != "Namespace"]


def injected(workload: Object) -> Object:
    """As it is once Linkerd has put its containers into the pods, for a scheduler that nobody is: the pods stay pending."""
    workload = copy.deepcopy(workload)
    pod = template(workload)
    before = [c for c in containers(pod, None) if c.name.startswith("linkerd-")]
    pod["spec"]["schedulerName"] = "nobody"
    inits = []
    for each in before:
        resources: Object = {}
        for name, amount in each.amounts.items():
            kind, _, what = name.partition(".")
            resources.setdefault(kind, {})[what] = f"{amount}m" if what == "cpu" else str(amount)
        stays = {"restartPolicy": "Always"} if each.stays else {}
        inits.append({"name": each.name, "image": "none:0", "resources": resources, "securityContext": SECURE, **stays})
    pod["spec"]["initContainers"] = [*inits, *pod["spec"].get("initContainers", [])]
    if workload["kind"] == "StatefulSet":
        workload["spec"]["podManagementPolicy"] = "Parallel"
    return workload


def stand_in(cluster: Object) -> list[Object]:
    """What CloudNativePG makes of a Cluster, as far as a quota sees it: pods with their claims, and a Job that joins."""
    spec, name = cluster["spec"], cluster["metadata"]["name"]
    main = {"name": "postgres", "image": "none:0", "resources": spec["resources"], "securityContext": SECURE}
    sidecar = {"name": "plugin", "image": "none:0", "restartPolicy": "Always", "securityContext": SECURE}
    pod = {
        "metadata": {"labels": {"cnpg.io/cluster": name}, **spec["inheritedMetadata"]},
        "spec": {"containers": [main], "initContainers": [sidecar, {**main, "name": "bootstrap-controller"}]},
    }
    pod["spec"]["securityContext"] = {"runAsUser": 26}
    claims = [
        {
            "metadata": {"name": claim},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": spec[field]["storageClass"],
                "resources": {"requests": {"storage": spec[field]["size"]}},
            },
        }
        for claim, field in (("data", "storage"), ("wal", "walStorage"))
    ]
    instances = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": spec["instances"],
            "serviceName": name,
            "selector": {"matchLabels": {"cnpg.io/cluster": name}},
            "template": {**pod, "metadata": {"labels": {"cnpg.io/cluster": name}}},
            "volumeClaimTemplates": claims,
        },
    }
    join = copy.deepcopy(pod)
    join["spec"]["restartPolicy"] = "Never"
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": f"{name}-4-join", "namespace": NAMESPACE},
        "spec": {"template": join},
    }
    return [instances, job]


def apply(*objects: Object) -> None:
    listing = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    kube.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(listing))


def used() -> Object:
    return json.loads(kube.kubectl("get", "resourcequota", "loom", "-n", NAMESPACE, "-o", "json"))["status"]["used"]


def refusals() -> list[str]:
    events = kube.get("events", NAMESPACE)
    return [e["message"] for e in events if "exceeded quota" in e["message"] or "forbidden" in e["message"]]


def same(wanted: Object) -> bool:
    there = used()
    wrong = {k: (there.get(k), v) for k, v in wanted.items() if counted(k, there.get(k, "0")) != v}
    assert not wrong, f"in use, and asked for: {wrong}"
    return True


@pytest.fixture(scope="module")
def production() -> Iterator[list[Object]]:
    """All of it in a namespace of its own, with what others would inject and make."""
    kube.needed()
    objects = rendered()
    of_cluster = [o for o in objects if o["kind"] == "PriorityClass"]
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    # left over from an earlier run, if anything is
    kube.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait")
    try:
        apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}, *of_cluster)
        guards = [o for o in objects if o["kind"] in ("ResourceQuota", "LimitRange")]
        apply(*guards)
        # a quota without a status lets everything through
        kube.until("the quota's status", lambda: "pods" in used(), seconds=30)
        [cluster] = [o for o in objects if o["kind"] == "Cluster"]
        plain = [o for o in objects if o["apiVersion"] in BUILT_IN and o not in of_cluster and o not in guards]
        making = list(workloads(plain))
        rest = [o for o in plain if o not in making]
        apply(*rest, *map(injected, making), *map(injected, stand_in(cluster)))
        yield objects
    finally:
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait=false", "--ignore-not-found")
        for item in of_cluster:
            kube.kubectl("delete", "priorityclass", item["metadata"]["name"], "--ignore-not-found")


def test_the_quota_holds_the_biggest_moment_and_the_server_counts_as_we_do(production: list[Object]) -> None:
    """Every CronJob runs, everything is rolled at once, and what is used is to the last unit what was worked out."""
    for item in production:
        if item["kind"] == "CronJob":
            name = item["metadata"]["name"]
            kube.kubectl("create", "job", f"{name}-now", f"--from=cronjob/{name}", "-n", NAMESPACE)
    kube.kubectl("rollout", "restart", "deployment", "-n", NAMESPACE)

    demand = Demand(production, default=PRODUCTION.quotas.default, nodes=None).amounts
    kube.until("all pods", lambda: same(demand), seconds=60)

    assert refusals() == []
    pods = kube.get("pods", NAMESPACE)
    assert len(pods) == demand["pods"]
    # a container that was injected without resources has the range's
    [check] = {
        json.dumps(c["resources"], sort_keys=True)
        for p in pods
        for c in p["spec"]["initContainers"]
        if c["name"] == "linkerd-network-validator"
    }
    assert json.loads(check) == PRODUCTION.quotas.default.manifest()
    hard = json.loads(kube.kubectl("get", "resourcequota", "loom", "-n", NAMESPACE, "-o", "json"))["spec"]["hard"]
    print(f"\n{len(pods)} pods at once, of {hard['pods']}")


def fitting(objects: list[Object], pool: Object) -> int:
    """How many more pools the quota holds, by our own sum."""
    [quota] = [o for o in objects if o["kind"] == "ResourceQuota"]
    for more in range(1, 50):
        demand = Demand([*objects, *[pool] * more], default=PRODUCTION.quotas.default, nodes=None).amounts
        if any(demand[k] > counted(k, v) for k, v in quota["spec"]["hard"].items()):
            return more - 1
    raise AssertionError("fifty more pools, and no end")


def test_one_pool_of_agents_more_than_there_is_room_for_is_refused(production: list[Object], tmp_path: Path) -> None:
    """By the server, and by synthesis before."""
    [agent] = [o for o in production if o["metadata"]["name"] == "loom-agent-coder" and o["kind"] == "Deployment"]
    room = fitting(production, agent)
    assert room > 0

    def pool(number: int) -> Object:
        more = copy.deepcopy(agent)
        more["metadata"]["name"] = name = f"more-{number}"
        for labels in (more["spec"]["selector"]["matchLabels"], template(more)["metadata"]["labels"]):
            labels["app.kubernetes.io/instance"] = name
        return injected(more)

    apply(*(pool(n) for n in range(room)))
    names = [f"deployment/more-{n}" for n in range(room)]
    kube.kubectl("rollout", "restart", "-n", NAMESPACE, *names)
    demand = Demand([*production, *[agent] * room], default=PRODUCTION.quotas.default, nodes=None).amounts
    kube.until("the pods that fit", lambda: same(demand), seconds=60)
    assert refusals() == []

    apply(pool(room))
    kube.kubectl("rollout", "restart", "-n", NAMESPACE, f"deployment/more-{room}")
    kube.until("a refusal", refusals, seconds=30)
    assert any("exceeded quota: loom" in text for text in refusals())
    print(f"\n{room} pools more fit; {refusals()[0]}")

    app = cdk8s.App(outdir=str(tmp_path))
    platform = LoomPlatform(app, PRODUCTION)
    platform.guard()
    assert platform.quotas is not None
    for number in range(room):
        Manifest(platform.application, f"more-{number}", agent, name=f"more-{number}")
    assert platform.quotas.quota.problems() == []
    Manifest(platform.application, f"more-{room}", agent, name=f"more-{room}")
    with pytest.raises(RuntimeError, match="ResourceQuota loom lacks .* asked for"):
        app.synth()
