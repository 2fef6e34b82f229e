"""Each effect, on a rendered workload: what it adds, what it leaves, what it finds, and that it can be turned off."""

import copy

import pytest
from cdk8s import Size

from loom_constructs import Allow, ImageRule, ProductionDefaults, ResourceClass, ZoneSpread
from loom_constructs.production.defaults.pods import Pods
from loom_constructs.production.defaults.storage import in_bytes
from loom_constructs.production.defaults.world import World, selects

CONTAINER = {"name": "app", "image": "app:1.2", "ports": [{"containerPort": 80}], "readinessProbe": {"httpGet": {}}}
AMOUNTS = {side: {"cpu": "1", "memory": "1Gi"} for side in ("requests", "limits")}


def workload(kind="Deployment", *, pod=None, container=None, inits=(), spec=None, metadata=None):
    """As somebody writes it who thinks of nothing else."""
    contained = {**copy.deepcopy(CONTAINER), **(container or {})}
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [contained], **({"initContainers": list(inits)} if inits else {}), **(pod or {})},
    }
    body = {"selector": {"matchLabels": {"app": "web"}}, "template": template, **(spec or {})}
    if kind == "CronJob":
        body = {"schedule": "@daily", "jobTemplate": {"spec": {"template": template}}}
    return {"kind": kind, "metadata": {"name": "web", "namespace": "loom", **(metadata or {})}, "spec": body}


def finished(body, *, world=None, plus=False, **arguments):
    """The workload with everything that is added, and what is found."""
    defaults = ProductionDefaults(
        **{"environment": "test", "users": 10001, "resources": ResourceClass.SMALL, **arguments}
    )
    body = copy.deepcopy(body)
    found = defaults.settings.finish(Pods(body, cdk8s_plus=plus), world or World())
    return Pods(body), found


def around(*objects):
    return World(lambda kind: [o for o in objects if o["kind"] == kind])


def added(pods):
    """Everything that an effect leaves a mark of, by the argument that turns it off."""
    [container] = pods.containers
    return {
        "labels": "environment" in pods.labels,
        "security": "securityContext" in container,
        "writable": any(v["name"] == "app-tmp" for v in pods.pod.get("volumes", [])),
        "resources": "cpu" in container.get("resources", {}).get("limits", {}),
        "storage": "ephemeral-storage" in container.get("resources", {}).get("limits", {}),
        "spread": "topologySpreadConstraints" in pods.pod,
        "rollout": "minReadySeconds" in pods.spec,
        "pause": "lifecycle" in container,
        "priority_class": "priorityClassName" in pods.pod,
        "account": "serviceAccountName" in pods.pod,
        "token": "automountServiceAccountToken" in pods.pod,
        "service_links": "enableServiceLinks" in pods.pod,
    }


OFF = {
    "labels": False, "security": False, "writable": None, "resources": None, "storage": False, "spread": None,
    "rollout": False, "pause": None, "priority_class": None, "account": False, "token": False, "service_links": False,
}  # fmt: skip


@pytest.mark.parametrize("argument", OFF)
def test_every_effect_can_be_turned_off_and_takes_nothing_else_along(argument):
    everything, _ = finished(workload(), priority_class="high")
    without, _ = finished(workload(), **{"priority_class": "high", argument: OFF[argument]})

    assert all(added(everything).values())
    gone = {name for name, there in added(without).items() if not there}
    # nothing is made writable where nobody said that the root file system is read-only
    assert gone == ({argument, "writable"} if argument == "security" else {argument})


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"])
def test_finishing_twice_changes_nothing(kind):
    once, first = finished(workload(kind))
    twice, second = finished(once.body)

    assert once.body == twice.body
    assert first == second == []


def test_what_an_author_said_stays():
    said = {
        "securityContext": {"runAsUser": 70, "fsGroup": 71, "seccompProfile": {"type": "Localhost"}},
        "topologySpreadConstraints": [],
        "terminationGracePeriodSeconds": 90,
        "priorityClassName": "mine",
        "serviceAccountName": "mine",
        "enableServiceLinks": True,
    }
    mine = {
        "resources": AMOUNTS,
        "lifecycle": {"preStop": {"exec": {"command": ["quit"]}}},
        "securityContext": {"capabilities": {"drop": ["NET_RAW"], "add": ["NET_BIND_SERVICE"]}},
    }
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}}
    pods, found = finished(
        workload(pod=said, container=mine, spec={"strategy": strategy, "minReadySeconds": 0}), priority_class="other"
    )

    assert found == []
    assert pods.spec["strategy"] == strategy and pods.spec["minReadySeconds"] == 0
    for field in (
        "topologySpreadConstraints",
        "terminationGracePeriodSeconds",
        "priorityClassName",
        "serviceAccountName",
    ):
        assert pods.pod[field] == said[field]
    assert pods.pod["enableServiceLinks"] is True
    assert pods.pod["securityContext"] | said["securityContext"] == pods.pod["securityContext"]
    [container] = pods.containers
    assert container["lifecycle"] == mine["lifecycle"]
    assert container["resources"]["limits"] | AMOUNTS["limits"] == container["resources"]["limits"]
    assert container["securityContext"]["capabilities"] == {"drop": ["NET_RAW", "ALL"], "add": ["NET_BIND_SERVICE"]}


def test_init_containers_are_hardened_too():
    pods, found = finished(workload(inits=[{"name": "migrate", "image": "app:1.2"}]))

    [init] = pods.init_containers
    assert found == []
    assert init["securityContext"]["readOnlyRootFilesystem"] and init["securityContext"]["capabilities"] == {
        "drop": ["ALL"]
    }
    assert init["volumeMounts"] == [{"name": "migrate-tmp", "mountPath": "/tmp"}]
    assert init["resources"]["limits"]["cpu"] == "500m"
    assert "lifecycle" not in init


@pytest.mark.parametrize(
    ("pod", "container", "allow", "message"),
    [
        ({"securityContext": {"runAsUser": 0}}, {}, Allow.ROOT, "the pod runs as root"),
        ({}, {"securityContext": {"runAsUser": 0}}, Allow.ROOT, "container app runs as root"),
        ({}, {"securityContext": {"runAsNonRoot": False}}, Allow.ROOT, "container app runs as root"),
        ({}, {"securityContext": {"privileged": True}}, Allow.PRIVILEGED, "container app has privileged"),
        ({}, {"securityContext": {"allowPrivilegeEscalation": True}}, Allow.PRIVILEGED, "has allowPrivilegeEscalation"),
        ({}, {"securityContext": {"readOnlyRootFilesystem": False}}, Allow.WRITABLE_ROOT, "writes to its root"),
        ({}, {"securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}, Allow.CAPABILITIES, "adds NET_ADMIN"),
        ({}, {"securityContext": {"seccompProfile": {"type": "Unconfined"}}}, Allow.SECCOMP, "no seccomp profile"),
        ({"hostNetwork": True}, {}, Allow.HOST, "hostNetwork is true"),
        ({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, {}, Allow.HOST, "volume v is a folder of the node"),
        ({}, {"ports": [{"containerPort": 80, "hostPort": 80}]}, Allow.HOST, "container app takes port 80 of the node"),
        ({"automountServiceAccountToken": True}, {}, Allow.TOKEN, "mount a token"),
        ({"volumes": [{"name": "v", "emptyDir": {}}]}, {}, Allow.ENDLESS_SCRATCH, "volume v .emptyDir. has no size"),
        ({}, {"image": "app:latest"}, Allow.ANY_TAG, "container app has image app:latest"),
        ({}, {"image": "app"}, Allow.ANY_TAG, "container app has image app;"),
        ({}, {"readinessProbe": None}, Allow.NO_READINESS, "container app has no readiness probe"),
        ({}, {"resources": {"limits": {"cpu": "1"}}}, Allow.NO_RESOURCES, "has no requests.memory, limits.memory;"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_not_changed_and_can_be_allowed(pod, container, allow, message):
    written = workload(pod=pod, container=container)
    pods, [found] = finished(written)
    _, after = finished(written, allow={"web": [allow]})
    _, other = finished(written, allow={"shop": [allow]})

    assert message.replace(".emptyDir.", "(emptyDir)") in found
    assert found.startswith("Deployment web: ") and found.endswith(f'or say allow={{"web": [Allow.{allow.name}]}}')
    for name, value in (container.get("securityContext") or {}).items():
        kept = pods.containers[0]["securityContext"][name]
        assert kept == value or name == "capabilities"
    assert after == [] and other == [found]


def test_everything_that_is_wrong_is_said_at_once():
    written = workload(container={"image": "app", "readinessProbe": None}, pod={"hostPID": True})
    _, found = finished(written, resources={}, users={})

    assert len(found) == 5


def test_an_allowed_root_can_start():
    pods, found = finished(workload(pod={"securityContext": {"runAsUser": 0}}), allow={"web": [Allow.ROOT]})
    alone, _ = finished(workload(container={"securityContext": {"runAsUser": 0}}))
    mighty, _ = finished(workload(container={"securityContext": {"privileged": True}}))

    assert found == [] and "runAsNonRoot" not in pods.pod["securityContext"]
    assert alone.containers[0]["securityContext"]["runAsNonRoot"] is False
    # the API server refuses both together
    assert "allowPrivilegeEscalation" not in mighty.containers[0]["securityContext"]


def test_the_user_is_named_by_workload_or_required():
    named, none = finished(workload(), users={"web": 1234})
    _, [missing] = finished(workload(), users={"shop": 1234})
    _, accepted = finished(workload(), users=None)

    assert named.pod["securityContext"]["runAsUser"] == named.pod["securityContext"]["fsGroup"] == 1234
    assert none == accepted == []
    assert 'container app names no user id; set securityContext.runAsUser, or users={"web": 10001}' in missing


def test_paths_are_writable_where_nothing_is_mounted():
    mounts = {"volumeMounts": [{"name": "var", "mountPath": "/var"}]}
    pods, _ = finished(
        workload(container=mounts), writable=["/tmp", "/var/cache", "/run/app"], scratch=Size.mebibytes(5)
    )

    assert [m["mountPath"] for m in pods.containers[0]["volumeMounts"]] == ["/var", "/tmp", "/run/app"]
    assert pods.pod["volumes"] == [
        {"name": "app-tmp", "emptyDir": {"sizeLimit": "5Mi"}},
        {"name": "app-run-app", "emptyDir": {"sizeLimit": "5Mi"}},
    ]


def test_a_volume_of_that_name_is_left_alone_and_names_stay_short():
    pods, _ = finished(workload(pod={"volumes": [{"name": "app-tmp", "configMap": {"name": "x"}}]}))
    long, _ = finished(workload(container={"name": "a" * 63}), writable=["/var/cache"])

    assert pods.pod["volumes"][1]["name"] == "app-tmp-2"
    assert len(long.pod["volumes"][0]["name"]) == 63


def test_resources_come_from_a_class_that_somebody_chose():
    written = workload(inits=[{"name": "init", "image": "app:1"}])
    pods, found = finished(
        written, resources={"web": ResourceClass.LARGE, "web/init": ResourceClass.SCRIPT}, storage=False
    )

    assert found == []
    assert pods.containers[0]["resources"] == ResourceClass.LARGE.amounts
    assert pods.init_containers[0]["resources"] == {
        "requests": {"cpu": "10m", "memory": "32Mi"},
        "limits": {"cpu": "250m", "memory": "64Mi"},
    }


def test_a_request_that_is_missing_is_the_limit():
    pods, found = finished(workload(container={"resources": {"limits": {"cpu": "2", "memory": "1Gi"}}}), storage=False)

    assert found == []
    assert pods.containers[0]["resources"]["requests"] == {"cpu": "2", "memory": "1Gi"}


def test_the_disk_is_limited_to_what_volumes_and_logs_take():
    volumes = [
        {"name": "big", "emptyDir": {"sizeLimit": "2Gi"}},
        {"name": "fast", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
    ]
    mounts = {"volumeMounts": [{"name": "big", "mountPath": "/big"}, {"name": "fast", "mountPath": "/fast"}]}
    written = workload(pod={"volumes": volumes}, container=mounts, inits=[{"name": "i", "image": "i:1", **mounts}])
    pods, _ = finished(written, writable=None)

    # a pod may take the sum of its main containers' limits, so what both mount is the main one's
    assert pods.containers[0]["resources"]["limits"]["ephemeral-storage"] == f"{2048 + 256}Mi"
    assert pods.init_containers[0]["resources"]["limits"]["ephemeral-storage"] == "256Mi"


def test_a_small_limit_of_the_disk_is_not_below_its_request():
    pods, _ = finished(workload(container={"resources": {**AMOUNTS, "limits": {"ephemeral-storage": "10Mi"}}}))

    assert pods.containers[0]["resources"]["requests"]["ephemeral-storage"] == "10Mi"


@pytest.mark.parametrize(
    ("text", "number"), [("1Gi", 1 << 30), ("5M", 5_000_000), ("1.5Ki", 1536), ("7", 7), ("x", None), (None, None)]
)
def test_amounts_are_read(text, number):
    assert in_bytes(text) == number


@pytest.mark.parametrize(
    ("kind", "spec", "there"),
    [
        ("Deployment", {"replicas": 2}, True),
        ("Deployment", {}, True),
        ("Deployment", {"replicas": 1}, False),
        ("StatefulSet", {"replicas": 3}, True),
        ("DaemonSet", {}, False),
        ("Job", {}, False),
    ],
)
def test_what_has_several_pods_is_spread(kind, spec, there):
    pods, _ = finished(workload(kind, spec=spec), spread=ZoneSpread.HARD)

    constraints = pods.pod.get("topologySpreadConstraints", [])
    assert bool(constraints) is there
    if there:
        zone, host = constraints
        assert (zone["topologyKey"], zone["maxSkew"], zone["whenUnsatisfiable"]) == (
            "topology.kubernetes.io/zone",
            1,
            "DoNotSchedule",
        )
        assert (host["topologyKey"], host["maxSkew"], host["whenUnsatisfiable"]) == (
            "kubernetes.io/hostname",
            2,
            "ScheduleAnyway",
        )
        assert all(("matchLabelKeys" in c) is (kind == "Deployment") for c in constraints)
        assert all(selects(c["labelSelector"], pods.labels) for c in constraints)


def test_zones_are_soft_where_nodes_have_none():
    pods, _ = finished(workload(), spread=ZoneSpread.SOFT)

    assert {c["whenUnsatisfiable"] for c in pods.pod["topologySpreadConstraints"]} == {"ScheduleAnyway"}


def claim(modes):
    return {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "d", "namespace": "loom"},
        "spec": {"accessModes": modes},
    }


VOLUME = {"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "d"}}]}


def test_a_deployment_rolls_without_a_gap():
    pods, _ = finished(workload(), min_ready=7)

    assert pods.spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    assert pods.spec["minReadySeconds"] == 7


def test_what_cdk8s_plus_writes_for_everybody_was_said_by_nobody():
    theirs = {
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
        "minReadySeconds": 0,
    }
    pods, _ = finished(workload(spec=theirs, pod={"terminationGracePeriodSeconds": 30}), plus=True)
    written, _ = finished(workload(spec=theirs, pod={"terminationGracePeriodSeconds": 30}))

    assert pods.spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0 and pods.spec["minReadySeconds"] == 10
    assert pods.pod["terminationGracePeriodSeconds"] == 35
    assert written.spec["strategy"] == theirs["strategy"] and written.pod["terminationGracePeriodSeconds"] == 30


@pytest.mark.parametrize(
    ("said", "modes", "strategy", "message"),
    [
        ({}, ["ReadWriteOnce"], "Recreate", None),
        ({}, ["ReadWriteMany"], "RollingUpdate", None),
        ({"type": "Recreate"}, ["ReadWriteOnce"], "Recreate", None),
        ({"type": "Recreate"}, None, "Recreate", None),
        ({"type": "RollingUpdate"}, None, "RollingUpdate", None),
        ({"type": "RollingUpdate"}, ["ReadWriteOnce"], "RollingUpdate", "claim d can be mounted by one node"),
        ({}, None, None, "claim d is not in this app"),
    ],
)
def test_a_claim_of_one_node_is_not_rolled_over(said, modes, strategy, message):
    written = workload(pod=VOLUME, spec={"strategy": said} if said else {})
    pods, found = finished(written, world=around(*([claim(modes)] if modes else [])))

    assert pods.spec.get("strategy", {}).get("type") == strategy
    assert [message in f for f in found] == ([True] if message else [])


@pytest.mark.parametrize(
    ("version", "action"), [("1.29", {"exec": {"command": ["sleep", "5"]}}), ("1.30", {"sleep": {"seconds": 5}})]
)
def test_pods_pause_before_they_stop(version, action):
    pods, _ = finished(workload(), kubernetes=version)

    assert pods.containers[0]["lifecycle"] == {"preStop": action}
    assert pods.pod["terminationGracePeriodSeconds"] == 35


@pytest.mark.parametrize(
    "written", [workload("Job"), workload(container={"ports": []}), workload(pod={"terminationGracePeriodSeconds": 5})]
)
def test_nobody_pauses_who_serves_nobody_or_has_no_time(written):
    pods, _ = finished(written)

    assert "lifecycle" not in pods.containers[0]


def test_labels_stand_on_workload_and_pods_and_never_on_selectors():
    pods, _ = finished(workload("CronJob", metadata={"labels": {"version": "mine"}}))
    [one, other] = [pods.body["metadata"]["labels"], pods.labels]

    assert one == other == pods.body["spec"]["jobTemplate"]["metadata"]["labels"]
    assert one["version"] == "mine" and one["app"] == "web" and one["environment"] == "test"
    assert one["app.kubernetes.io/version"] == "1.2"
    deployment, _ = finished(workload(spec={"volumeClaimTemplates": [{"metadata": {"name": "d"}}]}))
    assert deployment.spec["selector"] == {"matchLabels": {"app": "web"}}
    assert deployment.spec["volumeClaimTemplates"] == [{"metadata": {"name": "d"}}]


def test_a_label_never_puts_pods_behind_a_service_of_others():
    service = {
        "kind": "Service",
        "metadata": {"name": "s", "namespace": "loom"},
        "spec": {"selector": {"app.kubernetes.io/name": "web"}},
    }
    _, [found] = finished(workload(), world=around(service))
    _, far = finished(workload(), world=around({**service, "metadata": {"name": "s", "namespace": "other"}}))

    assert "label app.kubernetes.io/name=web would put its pods behind Service s" in found
    assert far == []


def test_a_digest_can_be_asked_for():
    exact = f"app@sha256:{'0' * 64}"
    _, [found] = finished(workload(), images=ImageRule.DIGEST)
    _, accepted = finished(workload(container={"image": exact}), images=ImageRule.DIGEST)
    _, anything = finished(workload(container={"image": "app"}), images=None)

    assert "has image app:1.2; name it with a digest" in found
    assert accepted == anything == []


def test_only_what_runs_on_needs_a_readiness_probe():
    missing = {"container": {"readinessProbe": None}}

    assert finished(workload("DaemonSet", **missing))[1]
    assert not finished(workload("Job", **missing))[1]
    assert not finished(workload(**missing), probes=False)[1]


def test_an_identity_that_calls_are_known_by_is_not_changed():
    called = World(called_default={("loom", "web")})
    pods, [found] = finished(workload(), world=called)

    assert "serviceAccountName" not in pods.pod
    assert "its calls let in ServiceAccount default" in found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kubernetes": "latest"}, "kubernetes must be a version such as 1.29, got 'latest'"),
        ({"spread": "soft"}, "spread must be a ZoneSpread or None, got 'soft'"),
        ({"budget": "no"}, "budget must be a bool, got 'no'"),
        ({"users": {"web": 0}}, "users must be at least 1, got 0"),
        ({"writable": "/tmp"}, "writable must be a list of strings, got '/tmp'"),
        ({"writable": ["tmp"]}, "writable must be an absolute path"),
        ({"resources": {"web": "small"}}, "resources must be a ResourceClass, got 'small'"),
        ({"allow": {"web": ["root!"]}}, "allow must be an Allow, got 'root!'"),
        ({"pause": 0}, "pause must be at least 1, got 0"),
        ({"environment": "in production"}, "environment"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ProductionDefaults(**arguments)


def test_label_selectors_are_read_as_kubernetes_does():
    rules = [
        {"key": "a", "operator": "In", "values": ["1"]},
        {"key": "b", "operator": "NotIn", "values": ["2"]},
        {"key": "a", "operator": "Exists"},
        {"key": "c", "operator": "DoesNotExist"},
    ]

    assert selects({"matchExpressions": rules}, {"a": "1"})
    assert not selects({"matchExpressions": rules}, {"a": "1", "b": "2"})
    assert not selects({"matchExpressions": rules}, {"a": "1", "c": ""})
    assert selects({}, {}) and not selects(None, {})
