"""Reading manifests."""

import io

import pytest

from loom_constructs.review.load import load
from loom_constructs.review.manifests import Manifests, name_of

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec: {containers: []}\n"


def names(objects):
    return [name_of(o) for o in objects]


def test_a_file_may_hold_many_documents_and_empty_ones(tmp_path):
    file = tmp_path / "pods.yaml"
    file.write_text("---\n" + POD % "a" + "---\n# nothing\n---\n" + POD % "b")

    assert names(load([file])) == ["Pod default/a", "Pod default/b"]


def test_a_folder_is_read_by_its_kustomization_which_may_name_folders(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "b.yml").write_text(POD % "b")
    (tmp_path / "a.yaml").write_text(POD % "a")
    (tmp_path / "left-out.yaml").write_text(POD % "left-out")
    (tmp_path / "kustomization.yaml").write_text("kind: Kustomization\nresources: [a.yaml, inner]\n")

    assert names(load([tmp_path])) == ["Pod default/a", "Pod default/b"]


def test_a_folder_without_one_is_read_but_not_what_is_below_it(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "b.yaml").write_text(POD % "b")
    (tmp_path / "a.yaml").write_text(POD % "a")
    (tmp_path / "notes.txt").write_text("nothing")

    assert names(load([tmp_path])) == ["Pod default/a"]


def test_the_standard_input_is_a_path_too():
    assert names(load(["-"], stdin=io.StringIO(POD % "piped"))) == ["Pod default/piped"]


def test_a_kustomization_is_no_object():
    assert load(["-"], stdin=io.StringIO("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n")) == []


def test_lists_are_opened():
    text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: n}, spec: {}}\n"

    assert names(load(["-"], stdin=io.StringIO(text))) == ["Pod n/a"]


def test_of_two_with_one_name_the_later_counts(tmp_path):
    for name, image in (("1.yaml", "old"), ("2.yaml", "new")):
        (tmp_path / name).write_text(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{image: {image}}}\n")

    [pod] = load([tmp_path])
    assert pod["spec"]["image"] == "new"


def test_an_equals_sign_is_text():
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nmatch: =\n"

    assert load(["-"], stdin=io.StringIO(text))[0]["match"] == "="


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "standard input must be YAML"),
        ("just text", "document 1 of standard input must be a Kubernetes object"),
        ("apiVersion: v1\nkind: Pod\n", "document 1 of standard input must have metadata, got a Pod without"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", "must have a spec, got a Pod without"),
    ],
)
def test_what_is_no_manifest_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        load(["-"], stdin=io.StringIO(text))


def test_a_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="path must be a file, a folder or -, got"):
        load([tmp_path / "nowhere"])


def test_every_kind_that_makes_pods_is_seen():
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "x"}]}}
    apps = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
    objects = [
        {"apiVersion": "apps/v1", "kind": k, "metadata": {"name": k.lower()}, "spec": {"template": template}}
        for k in apps
    ]
    objects += [
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "job"}, "spec": {"template": template}},
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {"name": "cron", "namespace": "n"},
            "spec": {"jobTemplate": {"spec": {"template": template}}},
        },
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod", "labels": {"app": "x"}}, "spec": {}},
        {"apiVersion": "example.org/v1", "kind": "Deployment", "metadata": {"name": "another"}, "spec": {}},
    ]

    found = Manifests(objects).workloads

    assert [str(w) for w in found] == [
        *(f"{k} default/{k.lower()}" for k in apps),
        "Job default/job",
        "CronJob n/cron",
        "Pod default/pod",
    ]
    assert all(w.labels == {"app": "x"} for w in found)


def test_ports_are_those_of_containers_and_native_sidecars():
    spec = {
        "containers": [{"name": "a", "ports": [{"containerPort": 80, "name": "http"}]}],
        "initContainers": [
            {"name": "side", "restartPolicy": "Always", "ports": [{"containerPort": 53, "protocol": "UDP"}]},
            {"name": "once", "ports": [{"containerPort": 1}]},
        ],
    }

    [pod] = Manifests([{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}]).workloads

    assert [(p.number, p.protocol, p.name) for p in pod.ports] == [(80, "TCP", "http"), (53, "UDP", "")]
    assert pod.service_account == "default"
