"""Where defaults hold, on workloads of all origins, and what they never disturb."""

import cdk8s_plus_27 as plus
import pytest
import yaml
from cdk8s import ApiObject, App, Chart, JsonPatch
from cdk8s_plus_27 import k8s

from loom_constructs import Allow, Endpoint, Manifest, Peer, ProductionDefaults, ResourceClass
from tests.pods import all_containers, pod_spec
from tests.production.defaults.ten import NAMES, ten

KNOWN = {"users": 10001, "resources": ResourceClass.SMALL}
KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


def objects(chart):
    return {(o["kind"], o["metadata"]["name"]): o for o in chart.to_json()}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """The ten, with all defaults; and without, by the same names."""
    charts = []
    for folder in ("with", "without"):
        app = App(outdir=str(tmp_path_factory.mktemp(folder)))
        charts.append(Chart(app, "ten", namespace="loom", disable_resource_name_hashes=True))
        ten(charts[-1])
    charts[0].with_(ProductionDefaults(environment="production", **KNOWN))
    return [objects(chart) for chart in charts]


def workloads(found):
    return {name: o for (kind, name), o in found.items() if kind in KINDS}


def test_the_ten_match_their_snapshot(rendered, snapshot):
    assert rendered[0] == snapshot


@pytest.mark.parametrize("name", NAMES)
def test_a_workload_of_any_origin_is_finished(rendered, name):
    workload = workloads(rendered[0])[name]
    pod = pod_spec(workload)

    assert (
        pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    )
    assert pod["serviceAccountName"] == name and ("ServiceAccount", name) in rendered[0]
    assert pod["automountServiceAccountToken"] is False and pod["enableServiceLinks"] is False
    for container in all_containers(workload):
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert set(container["resources"]["limits"]) == {"cpu", "memory", "ephemeral-storage"}
        assert any(m["mountPath"] == "/tmp" for m in container["volumeMounts"])
    assert {"app", "version", "environment"} <= set(workload["metadata"]["labels"])


def test_nothing_that_was_written_is_changed(rendered):
    def kept(before, after, where):
        if isinstance(before, dict):
            for key, value in before.items():
                if (key, value) in (
                    ("minReadySeconds", 0),
                    ("terminationGracePeriodSeconds", 30),
                    ("strategy", after.get("strategy")),
                ):
                    continue
                if key == "strategy" and value["rollingUpdate"]["maxSurge"] == "25%":
                    continue  # what cdk8s-plus writes for everybody
                kept(value, after[key], f"{where}.{key}")
        elif isinstance(before, list):
            for index, value in enumerate(before):
                kept(value, after[index], f"{where}[{index}]")
        else:
            assert before == after, where

    finished, written = rendered
    for name in set(NAMES) - {"ours"}:
        kept(workloads(written)[name], workloads(finished)[name], name)


def test_two_pods_or_more_have_a_budget(rendered):
    budgets = {name: o["spec"] for (kind, name), o in rendered[0].items() if kind == "PodDisruptionBudget"}

    # web and shop say 2, or cdk8s-plus does for them; an autoscaler sets sidecar's; plain has 1
    assert sorted(budgets) == ["included", "ours", "shop", "sidecar", "store", "web"]
    for name, spec in budgets.items():
        assert spec["maxUnavailable"] == 1 and spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
        assert spec["selector"] == workloads(rendered[0])[name]["spec"]["selector"]


def deployment(scope, id="web", **arguments):
    return plus.Deployment(scope, id, containers=[plus.ContainerProps(image="web:1.0")], **arguments)


def only_spread(**arguments):
    """Defaults that ask nothing of an author."""
    off = {"users": None, "resources": None, "images": None, "probes": False}
    return ProductionDefaults(**{**off, **arguments})


def spec_of(chart, name="test-web", kind="Deployment"):
    return objects(chart)[kind, name]["spec"]


def test_what_is_added_later_is_covered(chart):
    chart.with_(only_spread())
    web = deployment(chart)
    web.add_container(image="late:1.0", name="late")

    containers = spec_of(chart)["template"]["spec"]["containers"]
    assert [c["securityContext"]["capabilities"] for c in containers] == [{"drop": ["ALL"]}] * 2


def test_a_workload_changed_after_a_synthesis_is_rendered_as_it_is_then(chart):
    web = deployment(chart)
    chart.with_(only_spread())
    before = spec_of(chart)
    web.add_container(image="late:1.0", name="late")
    ApiObject.of(web).metadata.add_label("team", "shop")

    after = objects(chart)["Deployment", "test-web"]
    assert (
        len(before["template"]["spec"]["containers"]) == 1 and len(after["spec"]["template"]["spec"]["containers"]) == 2
    )
    assert after["metadata"]["labels"]["team"] == "shop"


def test_said_twice_is_said_once(chart):
    deployment(chart)
    chart.with_(only_spread(), only_spread())
    once = spec_of(chart)
    chart.with_(only_spread())

    assert spec_of(chart) == once
    assert [k for k in objects(chart) if k[0] == "PodDisruptionBudget"] == [("PodDisruptionBudget", "test-web")]


def test_something_else_said_of_the_same_construct_is_refused(chart):
    chart.with_(only_spread())

    with pytest.raises(Exception, match="ProductionDefaults of test must be said once"):
        chart.with_(only_spread(spread=None))


def test_the_nearest_defaults_win(app, chart):
    loose = deployment(chart, "loose")
    deployment(chart, "web")
    generated = _generated(chart, "generated")
    loose.with_(only_spread(spread=None))
    generated.with_(only_spread(spread=None))
    app.with_(only_spread())

    spread = {
        name: "topologySpreadConstraints" in spec_of(chart, name)["template"]["spec"]
        for name in ("test-loose", "test-web", "test-generated")
    }
    assert spread == {"test-loose": False, "test-web": True, "test-generated": False}


def test_a_budget_of_the_author_is_the_only_one(chart):
    web = deployment(chart, replicas=2)
    mine = {"maxUnavailable": 1, "selector": {"matchLabels": dict(web.match_labels)}}
    Manifest(chart, "mine", {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "spec": mine}, name="mine")
    chart.with_(only_spread())

    assert [k for k in objects(chart) if k[0] == "PodDisruptionBudget"] == [("PodDisruptionBudget", "mine")]


def test_a_budget_goes_with_the_second_pod(chart):
    web = Manifest(chart, "web", _body(2), name="web")
    chart.with_(only_spread())
    before = objects(chart)
    web.body["spec"]["replicas"] = 1

    assert ("PodDisruptionBudget", "web") in before and ("PodDisruptionBudget", "web") not in objects(chart)


def test_budgets_and_accounts_can_be_turned_off(chart):
    deployment(chart, replicas=2)
    chart.with_(only_spread(budget=False, account=False))

    assert [kind for kind, _ in objects(chart)] == ["Deployment"]


def test_what_a_generated_class_does_not_know_is_not_dropped(chart):
    """`preStop.sleep` is younger than the classes of cdk8s-plus-27; a patch on the object itself loses it."""
    web, lost = _generated(chart, "web"), _generated(chart, "lost")
    pause = JsonPatch.add("/spec/template/spec/containers/0/lifecycle", {"preStop": {"sleep": {"seconds": 3}}})
    lost.add_json_patch(pause)
    web.with_(only_spread(kubernetes="1.30"))

    assert spec_of(chart)["template"]["spec"]["containers"][0]["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}
    assert spec_of(chart, "test-lost")["template"]["spec"]["containers"][0]["lifecycle"] == {"preStop": {}}


def test_patches_after_the_synthesis_reach_what_stands_there(chart):
    web = deployment(chart)
    chart.with_(only_spread())
    objects(chart)
    ApiObject.of(web).add_json_patch(JsonPatch.add("/spec/template/spec/shareProcessNamespace", True))

    assert spec_of(chart)["template"]["spec"]["shareProcessNamespace"] is True


def test_dependencies_hold_across_the_replacement(chart):
    first, second = _generated(chart, "second"), plus.ConfigMap(chart, "first")
    last = plus.ConfigMap(chart, "last")
    first.add_dependency(second)
    last.node.add_dependency(first)
    chart.with_(only_spread())
    objects(chart)

    order = [name for kind, name in objects(chart) if kind in ("Deployment", "ConfigMap")]
    assert order == ["test-first", "test-second", "test-last"]


def test_dependencies_of_what_is_replaced_are_kept(chart):
    one, other = _generated(chart, "one"), _generated(chart, "other")
    one.add_dependency(other)
    chart.with_(only_spread())
    objects(chart)

    assert [name for kind, name in objects(chart) if kind == "Deployment"] == ["test-other", "test-one"]


def test_a_budget_of_another_namespace_is_none(chart):
    web = Manifest(chart, "web", _body(2), name="web")
    mine = {"maxUnavailable": 1, "selector": dict(web.body["spec"]["selector"])}
    body = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "spec": mine}
    Manifest(chart, "mine", body, name="mine", namespace="other")
    chart.with_(only_spread())

    assert ("PodDisruptionBudget", "web") in objects(chart)


def test_all_that_is_missing_is_said_in_one_message(chart):
    deployment(chart, "one")
    deployment(chart, "two")
    chart.with_(ProductionDefaults())

    with pytest.raises(RuntimeError) as failed:
        chart.to_json()
    for name in ("test-one", "test-two"):
        assert f"Deployment {name}: container main has no readiness probe" in str(failed.value)
        assert f"Deployment {name}: container main names no user id" in str(failed.value)


def test_exceptions_are_by_workload(chart):
    deployment(chart, "one")
    deployment(chart, "two")
    chart.with_(ProductionDefaults(users=1, allow={"test-one": [Allow.NO_READINESS]}))

    with pytest.raises(RuntimeError) as failed:
        chart.to_json()
    assert "Deployment test-two" in str(failed.value) and "Deployment test-one" not in str(failed.value)


def test_a_job_of_ours_gets_a_new_name_when_its_defaults_change(app):
    from loom_constructs import Container, Resources
    from loom_constructs.kubernetes import Kind, Labels, Workload

    names = []
    for id, defaults in (("a", only_spread()), ("b", only_spread(priority_class="high"))):
        chart = Chart(app, id, namespace=id, disable_resource_name_hashes=True)
        job = Container("job", "job:1", Resources.small())
        Workload(chart, "job", kind=Kind.JOB, labels=Labels("job", "job", "x", "1"), containers=[job], user=1)
        chart.with_(defaults)
        names += [name for kind, name in objects(chart) if kind == "Job"]

    assert len(set(names)) == 2  # a Job cannot be changed: what differs is another one


def test_a_peer_that_is_known_as_default_keeps_its_account_or_gets_one_first(chart):
    web = deployment(chart)
    Peer.of(web).calls(Endpoint(Peer("db", "data", {"app": "db"}), "sql", "db", 5432))
    chart.with_(only_spread())

    with pytest.raises(RuntimeError, match="its calls let in ServiceAccount default"):
        chart.to_json()


def test_another_groups_job_is_not_a_workload(chart):
    spec = {"tasks": []}
    Manifest(chart, "job", {"apiVersion": "batch.volcano.sh/v1alpha1", "kind": "Job", "spec": spec}, name="job")
    chart.with_(ProductionDefaults())

    assert spec_of(chart, "job", "Job") == spec


def test_files_are_written_with_it(app, chart, tmp_path):
    deployment(chart)
    app.with_(only_spread())
    app.synth()

    written = list(yaml.safe_load_all((tmp_path / "dist" / "test.k8s.yaml").read_text()))
    assert [o["kind"] for o in written] == ["Deployment", "PodDisruptionBudget", "ServiceAccount"]


def _body(replicas):
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "a:1"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec}


def _generated(chart, id):
    labels = {"app": id}
    container = k8s.Container(name="main", image="web:1.0", ports=[k8s.ContainerPort(container_port=80)])
    template = k8s.PodTemplateSpec(metadata=k8s.ObjectMeta(labels=labels), spec=k8s.PodSpec(containers=[container]))
    selector = k8s.LabelSelector(match_labels=labels)
    return k8s.KubeDeployment(chart, id, spec=k8s.DeploymentSpec(selector=selector, template=template))
