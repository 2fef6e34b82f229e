import pytest
from cdk8s import JsonPatch, Size

from loom_constructs import Container, PodField, PodOptions, Resources, SecretRef, Volume
from loom_constructs.kubernetes import Kind, Labels, Workload, config_map
from tests.pods import container, env_of, pod_spec

LABELS = Labels("web", "shop", "frontend", "1.0")


def web(**changes):
    return Container(**{"name": "web", "image": "web:1.0", "resources": Resources.small(), **changes})


def workload(chart, **changes):
    arguments = {"kind": Kind.DEPLOYMENT, "labels": LABELS, "containers": [web()], "user": 1000, **changes}
    return Workload(chart, "shop", **arguments)


def test_matches_snapshot(chart, render, snapshot):
    workload(chart, spec={"replicas": 2})

    assert render() == snapshot


def test_selectors_are_name_and_instance_only(chart, render):
    workload(chart)

    spec = render()["Deployment/shop"]["spec"]

    assert spec["selector"]["matchLabels"] == {"app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "shop"}
    labels = spec["template"]["metadata"]["labels"]
    assert labels.items() >= spec["selector"]["matchLabels"].items()
    assert labels.items() >= {"app": "shop", "version": "1.0", "environment": "test"}.items()


def test_a_jobs_name_changes_with_its_content(app, manifests):
    from cdk8s import Chart

    def name(image):
        chart = Chart(app, f"c{len(app.node.children)}", namespace=f"n{len(app.node.children)}")
        workload(chart, kind=Kind.JOB, containers=[web(image=image)])
        [job] = [k for k in manifests(chart) if k.startswith("Job/")]
        return job

    assert name("web:1.0") == name("web:1.0") != name("web:1.1")
    assert name("web:1.0").startswith("Job/shop-")


def test_a_changed_config_replaces_the_pods(chart, render):
    config = config_map(chart, "config", name="config", labels=LABELS, files={"a": "1"})
    workload(chart, configs=[config])

    def checksum():
        return render()["Deployment/shop"]["spec"]["template"]["metadata"]["annotations"]["checksum/config"]

    before = checksum()
    config.body["data"]["a"] = "2"
    assert checksum() != before


def test_secrets_stand_above_what_refers_to_them(chart, render):
    env = {"URL": "x://$(PASSWORD)@$(IP)", "PASSWORD": SecretRef("s").key("p"), "IP": PodField("status.podIP")}
    workload(chart, containers=[web(env=env)])

    assert list(env_of(render()["Deployment/shop"])) == ["PASSWORD", "IP", "URL"]


def test_an_optional_secret_holds_nothing_up(chart, render):
    workload(chart, containers=[web(env={"TOKEN": SecretRef("git").key("token", optional=True)})])

    reference = env_of(render()["Deployment/shop"])["TOKEN"]["secretKeyRef"]
    assert reference == {"name": "git", "key": "token", "optional": True}


def test_every_escape_hatch_lands_in_the_pod(chart, render):
    cache = Volume.scratch("cache", Size.mebibytes(10))
    workload(
        chart,
        containers=[web(env={"A": "ours", "B": "ours"})],
        options=PodOptions(
            env={"A": "theirs", "C": "new"},
            mounts={"/cache": cache},
            containers=[web(name="sidecar")],
            init_containers=[web(name="setup")],
            annotations={"note": "x"},
            labels={"team": "shop", "app.kubernetes.io/name": "not-this"},
            node_selector={"disk": "ssd"},
            tolerations=[{"key": "gpu", "operator": "Exists"}],
            affinity={"nodeAffinity": {}},
            pull_secrets=["registry"],
            priority_class="high",
        ),
    )

    rendered = render()["Deployment/shop"]
    pod, metadata = pod_spec(rendered), rendered["spec"]["template"]["metadata"]

    assert env_of(rendered) == {"A": "theirs", "B": "ours", "C": "new"}
    assert pod["containers"][0]["volumeMounts"] == [{"name": "cache", "mountPath": "/cache"}]
    assert pod["volumes"] == [{"name": "cache", "emptyDir": {"sizeLimit": "10Mi"}}]
    assert [c["name"] for c in pod["containers"]] == ["web", "sidecar"]
    assert [c["name"] for c in pod["initContainers"]] == ["setup"]
    assert container(rendered, "sidecar")["securityContext"]["readOnlyRootFilesystem"] is True
    assert metadata["annotations"]["note"] == "x"
    assert metadata["labels"]["team"] == "shop"
    assert metadata["labels"]["app.kubernetes.io/name"] == "web"
    assert pod["nodeSelector"] == {"disk": "ssd"}
    assert pod["tolerations"] == [{"key": "gpu", "operator": "Exists"}]
    assert pod["affinity"] == {"nodeAffinity": {}}
    assert pod["imagePullSecrets"] == [{"name": "registry"}]
    assert pod["priorityClassName"] == "high"


def test_two_different_volumes_of_one_name_are_refused(chart):
    mounts = {"/a": Volume.scratch("x", Size.mebibytes(1)), "/b": Volume.scratch("x", Size.mebibytes(2))}

    with pytest.raises(ValueError, match="volume name must be used for one volume of the pod only, got 'x'"):
        workload(chart, containers=[web(mounts=mounts)])


def test_two_containers_of_one_name_are_refused(chart):
    with pytest.raises(ValueError, match="container name must be without repetition, got 'web'"):
        workload(chart, options=PodOptions(containers=[web()]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": "web"}, "image must be an image with a tag"),
        ({"name": "Web"}, "container name must be a DNS label"),
        ({"ports": {"http": 0}}, r"ports\['http'\] must be a port"),
        ({"ports": {"a-name-of-16-chars": 1}}, "port name must be a DNS label .* at most 15"),
        ({"env": {"1A": "x"}}, "env must be a variable name"),
        ({"command": "sleep 5"}, "command must be a list of strings, got 'sleep 5'"),
        ({"mounts": {"tmp": Volume.scratch("x", Size.mebibytes(1))}}, "mounts must be an absolute path .*got 'tmp'"),
        ({"resources": {}}, "resources must be a Resources, got {}"),
    ],
)
def test_bad_containers_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        web(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pull_secrets": "abc"}, "pod.pull_secrets must be a list of strings, got 'abc'"),
        ({"annotations": {"a": 1}}, r"pod.annotations\['a'\] must be a string, got 1"),
        ({"node_selector": {"a": True}}, r"pod.node_selector\['a'\] must be a string, got True"),
        ({"mounts": {"x": Volume("y")}}, "pod.mounts must be an absolute path"),
    ],
)
def test_bad_options_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        PodOptions(**changes)


def test_a_path_that_is_mounted_already_is_refused(chart):
    tmp = Volume.scratch("tmp", Size.mebibytes(1))

    with pytest.raises(ValueError, match="pod.mounts must be free in container web, got '/tmp'"):
        workload(chart, containers=[web(mounts={"/tmp": tmp})], options=PodOptions(mounts={"/tmp": tmp}))


def test_a_missing_secret_reference_is_refused():
    with pytest.raises(ValueError, match="secret must be the name of a Secret, got ''"):
        SecretRef("")
    with pytest.raises(ValueError, match="key must be the name of an entry of Secret loom-secret, got ''"):
        SecretRef("loom-secret").key("")


def test_an_unknown_kind_of_value_is_refused():
    with pytest.raises(ValueError, match=r"env\['A'\] must be a string, SecretKey or PodField, got 5"):
        web(env={"A": 5}).manifest()


def test_patches_count_in_checksums_and_in_a_jobs_name(chart, render):
    config = config_map(chart, "config", name="config", labels=LABELS, files={"a": "1"})
    job = workload(chart, kind=Kind.JOB, configs=[config])

    def state():
        [rendered] = [o for k, o in render().items() if k.startswith("Job/")]
        return rendered["metadata"]["name"], rendered["spec"]["template"]["metadata"]["annotations"]["checksum/config"]

    first = state()
    config.add_json_patch(JsonPatch.replace("/data/a", "2"))
    second = state()
    job.manifest.add_json_patch(JsonPatch.add("/spec/backoffLimit", 3))
    third = state()

    assert first[1] != second[1] == third[1]
    assert len({first[0], second[0], third[0]}) == 3
