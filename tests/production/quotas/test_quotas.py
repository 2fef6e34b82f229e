import pytest
from cdk8s import App, Chart, JsonPatch, Size

from loom_constructs import Cpu, LimitRange, Manifest, PriorityClass, ResourceQuota, Resources

DEFAULT = Resources(
    cpu=Cpu.millis(50), memory=Size.mebibytes(64), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(512)
)


def deployment(chart, name, *, replicas=2, memory="1Gi", storage=None, resources=True):
    amounts = {"cpu": "100m", "memory": memory}
    box = {"name": "main", **({"resources": {"requests": amounts, "limits": amounts}} if resources else {})}
    spec = {"replicas": replicas, "strategy": {"type": "Recreate"}, "template": {"spec": {"containers": [box]}}}
    Manifest(chart, name, {"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec}, name=name)
    if storage:
        claim = {"storageClassName": "fast", "resources": {"requests": {"storage": storage}}}
        Manifest(
            chart, f"{name}-claim", {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": claim}, name=name
        )


def test_matches_snapshot(app, chart, render, manifests, snapshot):
    deployment(chart, "web", storage="10Gi")
    limits = LimitRange(chart, "limits", name="team", default=DEFAULT)
    ResourceQuota(chart, "quota", name="team", limits=limits, headroom=50, reserve={"pods": "2"})
    classes = Chart(app, "classes", disable_resource_name_hashes=True)
    PriorityClass(classes, "data", name="team-data", value=30000, description="What keeps data.", preempts=False)

    objects = render()
    assert {k: objects[k] for k in ("LimitRange/team", "ResourceQuota/team")} == snapshot
    assert manifests(classes) == snapshot


def test_a_workload_that_comes_later_fits_or_fails_the_synthesis(app, chart):
    deployment(chart, "web", replicas=4)
    limits = LimitRange(chart, "limits", name="team", default=DEFAULT)
    quota = ResourceQuota(chart, "quota", name="team", limits=limits, headroom=50)

    deployment(chart, "fits", replicas=2)
    assert quota.problems() == []
    deployment(chart, "late", replicas=1)

    with pytest.raises(RuntimeError) as failed:
        app.synth()
    assert "ResourceQuota team lacks 1Gi of limits.memory: 7Gi asked for, 6Gi allowed" in str(failed.value)
    assert "ResourceQuota team lacks 1 of pods: 7 asked for, 6 allowed; make it after all" in str(failed.value)


def test_another_teams_workload_and_a_patch_count(chart):
    from cdk8s_plus_27 import ContainerProps, Deployment

    # cdk8s-plus gives a container 1 CPU and 512Mi, 1.5 CPU and 2Gi at most; and a Deployment two pods and a surge of one
    Deployment(chart, "theirs", containers=[ContainerProps(image="x:1")])
    deployment(chart, "web", replicas=1)
    chart.node.find_child("web").add_json_patch(JsonPatch.replace("/spec/replicas", 4))
    quota = ResourceQuota(chart, "quota", name="team", headroom=0)

    assert (quota.hard["pods"], quota.hard["limits.cpu"]) == (7, 3 * 1500 + 400)
    chart.node.find_child("web").add_json_patch(JsonPatch.replace("/spec/replicas", 5))
    assert any("lacks 1 of pods: 8 asked for, 7 allowed" in problem for problem in quota.problems())


def test_other_namespaces_do_not_count(app, chart):
    quota = ResourceQuota(chart, "quota", name="team", headroom=0)
    deployment(Chart(app, "other", namespace="other"), "web")

    assert quota.problems() == []


def test_a_claim_that_comes_later_does_too(chart):
    deployment(chart, "web", storage="10Gi")
    quota = ResourceQuota(chart, "quota", name="team", headroom=0)
    deployment(chart, "late", replicas=0, storage="1Gi")

    assert [p.partition(":")[0] for p in quota.problems()] == [
        "ResourceQuota team lacks 1 of fast.storageclass.storage.k8s.io/persistentvolumeclaims",
        "ResourceQuota team lacks 1Gi of fast.storageclass.storage.k8s.io/requests.storage",
        "ResourceQuota team lacks 1 of persistentvolumeclaims",
        "ResourceQuota team lacks 1Gi of requests.storage",
    ]


def test_a_container_that_says_nothing_needs_a_range(chart):
    deployment(chart, "web", resources=False)
    bare = ResourceQuota(chart, "bare", name="bare")
    ranged = ResourceQuota(
        chart, "ranged", name="ranged", limits=LimitRange(chart, "limits", name="team", default=DEFAULT)
    )

    assert bare.problems() == [
        "ResourceQuota bare: container main of Deployment web has no requests.cpu, requests.memory, limits.cpu, "
        "limits.memory; give it resources, or pass limits"
    ]
    assert ranged.problems() == []


def test_a_container_or_claim_beyond_the_range_fails_the_synthesis(app, chart):
    deployment(chart, "web", storage="1Gi")
    LimitRange(chart, "limits", name="team", default=DEFAULT)
    deployment(chart, "large", memory="2Gi", storage="2Gi")

    with pytest.raises(RuntimeError) as failed:
        app.synth()
    assert (
        "LimitRange team: container main of Deployment large, more than 1 of cpu and 1Gi of memory; make it after "
        "all workloads" in str(failed.value)
    )
    assert "LimitRange team: a claim asks for 2Gi, more than 1Gi;" in str(failed.value)


def test_a_container_that_asks_for_more_than_the_default_limit_fails_the_synthesis(chart):
    box = {"name": "main", "resources": {"requests": {"cpu": "2", "memory": "64Mi"}}}
    spec = {"template": {"spec": {"containers": [box]}}}
    Manifest(chart, "web", {"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec}, name="web")

    assert LimitRange(chart, "limits", name="team", default=DEFAULT, cpu="4").problems() == [
        "LimitRange team: container main of Deployment web asks for more than the limit that it gets; give it one"
    ]


def test_the_most_can_be_chosen(chart, render):
    deployment(chart, "web", storage="1Gi")
    limits = LimitRange(
        chart,
        "limits",
        name="team",
        default=DEFAULT,
        cpu="4",
        memory=Size.gibibytes(8),
        storage=Size.gibibytes(50),
    )
    deployment(chart, "large", memory="8Gi", storage="50Gi")

    assert limits.problems() == []
    container, claim = render()["LimitRange/team"]["spec"]["limits"]
    assert container["max"] == {"cpu": "4", "memory": "8Gi"}
    assert claim == {"type": "PersistentVolumeClaim", "max": {"storage": "50Gi"}}


@pytest.mark.parametrize(
    ("construct", "arguments", "message"),
    [
        (ResourceQuota, {"name": "A"}, "name must be a DNS name"),
        (ResourceQuota, {"headroom": -1}, "headroom must be at least 0, got -1"),
        (ResourceQuota, {"headroom": 1001}, "headroom must be percent, at most 1000, got 1001"),
        (ResourceQuota, {"limits": DEFAULT}, "limits must be a LimitRange or None, got"),
        (ResourceQuota, {"nodes": 0}, "nodes must be at least 1, got 0"),
        (ResourceQuota, {"reserve": {"pods": "few"}}, "pods must be an amount such as .* got 'few'"),
        (LimitRange, {"default": None}, "default must be a Resources, got None"),
        (LimitRange, {"default": DEFAULT, "cpu": "500m"}, "cpu must be at least that of default, 1, got '500m'"),
        (LimitRange, {"default": DEFAULT, "cpu": "many"}, "cpu must be an amount"),
        (LimitRange, {"default": DEFAULT, "memory": "8Gi"}, "memory must be a Size, got '8Gi'"),
        (PriorityClass, {"name": "system-x", "value": 1, "description": "x"}, "name must be without system-"),
        (PriorityClass, {"value": -1, "description": "x"}, "value must be at least 0, got -1"),
        (PriorityClass, {"value": 2 * 10**9, "description": "x"}, "value must be at most 1000000000, got"),
        (PriorityClass, {"value": 1, "description": ""}, "description must be what the class is for, got ''"),
        (PriorityClass, {"value": 1, "description": "x", "preempts": "No"}, "preempts must be a bool, got 'No'"),
    ],
)
def test_bad_arguments_are_refused_and_leave_nothing(chart, construct, arguments, message):
    with pytest.raises(ValueError, match=message):
        construct(chart, "x", **{"name": "team", **arguments})

    assert chart.node.try_find_child("x") is None


def test_pods_take_a_class_as_an_option(tmp_path):
    chart = Chart(App(outdir=str(tmp_path)), "c")

    assert PriorityClass(chart, "x", name="team-x", value=1, description="x").pods.priority_class == "team-x"
