"""What is counted, by plain objects: the proof on a real server is tests/api/test_quotas.py."""

from __future__ import annotations

from typing import Any

import pytest
from cdk8s import Size

from loom_constructs import Cpu, Resources
from loom_constructs.production.quotas.amounts import counted, grown, written
from loom_constructs.production.quotas.demand import Demand

DEFAULT = Resources(
    cpu=Cpu.millis(50), memory=Size.mebibytes(64), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(512)
)


def box(name: str = "main", cpu: str = "100m", memory: str = "1Gi", **more: Any) -> dict[str, Any]:
    amounts = {"cpu": cpu, "memory": memory}
    return {"name": name, "resources": {"requests": amounts, "limits": amounts}, **more}


def pod(*containers: dict[str, Any], before: Any = (), annotations: Any = None, **spec: Any) -> dict[str, Any]:
    metadata = {"annotations": annotations or {}}
    return {"metadata": metadata, "spec": {"initContainers": list(before), "containers": list(containers), **spec}}


def item(kind: str, spec: dict[str, Any], name: str = "x", api: str = "v1") -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": spec}


def single(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = pod(*containers, **more)
    made["metadata"]["name"] = "x"
    return {"apiVersion": "v1", "kind": "Pod", **made}


def asked(*objects: dict[str, Any], **arguments: Any) -> dict[str, int]:
    return dict(Demand(objects, default=arguments.get("default", DEFAULT), nodes=arguments.get("nodes")).amounts)


@pytest.mark.parametrize(
    ("spec", "pods"),
    [
        ({"replicas": 3}, 4),  # Kubernetes' own surge is a quarter, rounded up
        ({"replicas": 8}, 10),
        ({"replicas": 3, "strategy": {"type": "Recreate"}}, 3),
        ({"replicas": 3, "strategy": {"rollingUpdate": {"maxSurge": 0}}}, 3),
        ({"replicas": 3, "strategy": {"rollingUpdate": {"maxSurge": "50%"}}}, 5),
        ({}, 2),
        ({"replicas": 0}, 0),
    ],
)
def test_a_deployment_counts_with_its_surge(spec: dict[str, Any], pods: int) -> None:
    assert asked(item("Deployment", {**spec, "template": pod(box())}))["pods"] == pods


@pytest.mark.parametrize(
    ("kind", "spec", "pods"),
    [
        ("StatefulSet", {"replicas": 3}, 3),
        ("ReplicaSet", {"replicas": 3}, 3),
        ("Job", {}, 1),
        ("Job", {"parallelism": 4, "completions": 2}, 2),
        ("DaemonSet", {}, 6),
        ("DaemonSet", {"updateStrategy": {"rollingUpdate": {"maxSurge": 1}}}, 7),
    ],
)
def test_other_workloads_count_what_they_run_at_once(kind: str, spec: dict[str, Any], pods: int) -> None:
    assert asked(item(kind, {**spec, "template": pod(box())}), nodes=6)["pods"] == pods


@pytest.mark.parametrize(("policy", "pods"), [("Forbid", 1), ("Replace", 2), ("Allow", 2)])
def test_a_cron_job_counts_while_it_is_suspended_too(policy: str, pods: int) -> None:
    spec = {"concurrencyPolicy": policy, "suspend": True, "jobTemplate": {"spec": {"template": pod(box())}}}

    assert asked(item("CronJob", spec))["pods"] == pods


def test_a_daemon_set_needs_to_know_the_nodes() -> None:
    with pytest.raises(ValueError, match="DaemonSet x runs on every node.*pass nodes"):
        asked(item("DaemonSet", {"template": pod(box())}))


@pytest.mark.parametrize(
    ("kind", "spec", "pods"),
    [
        ("HorizontalPodAutoscaler", {"maxReplicas": 10}, 11),
        ("HorizontalPodAutoscaler", {"maxReplicas": 1}, 4),
        ("ScaledObject", {"maxReplicaCount": 10}, 11),
        ("ScaledObject", {}, 101),  # KEDA's own
    ],
)
def test_an_autoscalers_maximum_counts(kind: str, spec: dict[str, Any], pods: int) -> None:
    strategy = {"rollingUpdate": {"maxSurge": 1}}
    scaled = item("Deployment", {"replicas": 3, "strategy": strategy, "template": pod(box())})
    scaler = item(kind, {**spec, "scaleTargetRef": {"kind": "Deployment", "name": "x"}}, "scaler")

    assert asked(scaled, scaler)["pods"] == pods


def test_a_pod_counts_what_runs_together_or_what_runs_before() -> None:
    """The rule of Kubernetes: a sidecar counts with the containers after it, an init container alone."""
    small, big = box(cpu="1"), box("big", cpu="5")
    sidecar = box("side", cpu="2", restartPolicy="Always")

    assert asked(single(small))["requests.cpu"] == 1000
    assert asked(single(small, before=[big]))["requests.cpu"] == 5000
    assert asked(single(small, before=[sidecar]))["requests.cpu"] == 3000
    assert asked(single(small, before=[sidecar, big]))["requests.cpu"] == 7000
    assert asked(single(small, before=[big, sidecar]))["requests.cpu"] == 5000


def test_linkerds_proxy_counts_with_what_its_annotations_say() -> None:
    annotations = {
        "linkerd.io/inject": "enabled",
        **{f"config.linkerd.io/proxy-cpu-{k}": v for k, v in (("request", "100m"), ("limit", "1"))},
        **{f"config.linkerd.io/proxy-memory-{k}": v for k, v in (("request", "20Mi"), ("limit", "250Mi"))},
    }
    meshed = asked(single(box(), annotations=annotations))
    bare = asked(single(box(), annotations={"linkerd.io/inject": "disabled"}))

    assert meshed["requests.cpu"] - bare["requests.cpu"] == 100
    assert meshed["limits.cpu"] - bare["limits.cpu"] == 1000
    assert meshed["limits.memory"] - bare["limits.memory"] == 250 << 20


def test_what_is_not_said_is_the_limit_and_then_the_default() -> None:
    limited = asked(single({"name": "a", "resources": {"limits": {"cpu": "2", "memory": "1Gi"}}}))
    silent = asked(single({"name": "a"}))

    assert (limited["requests.cpu"], limited["limits.cpu"]) == (2000, 2000)
    assert (silent["requests.cpu"], silent["limits.cpu"], silent["limits.memory"]) == (50, 1000, 512 << 20)
    bare = Demand([single({"name": "a"})], default=None, nodes=None)
    assert bare.unlimited() == [
        "container a of Pod x has no requests.cpu, requests.memory, limits.cpu, limits.memory",
    ]


def test_claims_count_by_class() -> None:
    def claim(size: str, home: str | None = None) -> dict[str, Any]:
        named = {"storageClassName": home} if home else {}
        return {**named, "resources": {"requests": {"storage": size}}}

    templates = [{"metadata": {"name": "data"}, "spec": claim("10Gi", "fast")}]
    scratch = [{"name": "s", "ephemeral": {"volumeClaimTemplate": {"spec": claim("1Gi", "fast")}}}]
    found = asked(
        item("StatefulSet", {"replicas": 3, "template": pod(box()), "volumeClaimTemplates": templates}),
        item("Deployment", {"replicas": 2, "strategy": {"type": "Recreate"}, "template": pod(box(), volumes=scratch)}),
        item("PersistentVolumeClaim", claim("5Gi")),
    )

    assert (found["persistentvolumeclaims"], found["requests.storage"] >> 30) == (6, 37)
    assert found["fast.storageclass.storage.k8s.io/requests.storage"] >> 30 == 32
    assert found["fast.storageclass.storage.k8s.io/persistentvolumeclaims"] == 5


def test_cloud_native_pg_counts_its_instances_and_a_job() -> None:
    spec = {
        "instances": 3,
        "resources": box()["resources"],
        "storage": {"size": "10Gi", "storageClass": "fast"},
        "walStorage": {"size": "2Gi"},
        "plugins": [{"name": "barman-cloud.cloudnative-pg.io", "parameters": {"barmanObjectName": "store"}}],
    }
    cluster = item("Cluster", spec, "db", "postgresql.cnpg.io/v1")
    sized = {"instanceSidecarConfiguration": {"resources": box(cpu="300m", memory="512Mi")["resources"]}}
    store = item("ObjectStore", sized, "store", "barmancloud.cnpg.io/v1")

    found = asked(cluster)
    assert (found["pods"], found["requests.cpu"]) == (4, 4 * (100 + 50))
    assert (found["persistentvolumeclaims"], found["requests.storage"] >> 30) == (6, 36)
    assert asked(cluster, store)["requests.cpu"] == 4 * (100 + 300)
    pooler = item("Pooler", {"instances": 2, "template": {"spec": {"containers": []}}}, "p", "postgresql.cnpg.io/v1")
    assert asked(pooler)["pods"] == 3
    # another project has a kind of this name, too
    assert asked(item("Cluster", {"instances": 3}, "c", "cluster.x-k8s.io/v1beta1"))["pods"] == 0


def test_ways_in_from_outside_count() -> None:
    found = asked(
        item("Service", {"type": "NodePort", "ports": [{"port": 1}, {"port": 2}]}),
        item("Service", {"type": "LoadBalancer", "ports": [{"port": 1}]}),
        item("Service", {"ports": [{"port": 1}]}),
    )

    assert (found["services.nodeports"], found["services.loadbalancers"]) == (3, 1)


@pytest.mark.parametrize(
    ("resource", "text", "amount", "again"),
    [
        ("cpu", "250m", 250, "250m"),
        ("limits.cpu", "2", 2000, "2"),
        ("requests.cpu", "0.1", 100, "100m"),
        ("memory", "1.5Gi", 3 << 29, "1536Mi"),
        ("requests.storage", "1e9", 10**9, "1000000000"),
        ("memory", "128974848", 123 << 20, "123Mi"),
        ("a.storageclass.storage.k8s.io/requests.storage", "1Ti", 1 << 40, "1Ti"),
        ("pods", "10", 10, "10"),
    ],
)
def test_amounts_are_read_and_written(resource: str, text: str, amount: int, again: str) -> None:
    assert (counted(resource, text), written(resource, amount)) == (amount, again)


@pytest.mark.parametrize("text", ["", "much", "1Gib", "-1", None])
def test_what_is_no_amount_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="cpu must be an amount such as 250m, 2 or 4Gi, got"):
        counted("cpu", text)


def test_headroom_is_rounded_up() -> None:
    assert grown("pods", 5, 10) == 6
    assert grown("limits.cpu", 1001, 0) == 1010
    assert grown("requests.memory", (1 << 20) + 1, 0) == 2 << 20
    assert grown("requests.storage", 1 << 30, 20) == 2 << 30
