import pytest
from cdk8s import JsonPatch

from loom_constructs import Manifest, Namespace


def config(chart, **arguments):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"b": "1", "a": "2"}}
    return Manifest(chart, "config", body, **{"name": "config", **arguments})


def test_content_is_written_as_it_is_with_the_charts_labels_and_namespace(chart, render):
    config(chart, labels={"app": "x"})

    assert render()["ConfigMap/config"] == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "config", "namespace": "loom", "labels": {"app": "x", "environment": "test"}},
        "data": {"b": "1", "a": "2"},
    }
    assert list(render()["ConfigMap/config"]["data"]) == ["b", "a"]


def test_changes_until_synthesis_count_and_patches_come_last(chart, render):
    made = config(chart)
    made.add_json_patch(JsonPatch.replace("/data/a", "patched"))
    made.body["data"]["a"] = "changed"
    made.body["data"]["c"] = "added"
    made.metadata.add_annotation("note", "x")

    rendered = render()["ConfigMap/config"]

    assert rendered["data"] == {"b": "1", "a": "patched", "c": "added"}
    assert rendered["metadata"]["annotations"] == {"note": "x"}


def test_synthesis_does_not_change_the_content(chart, render):
    made = config(chart, finish=lambda rendered: rendered["data"].clear())

    assert render()["ConfigMap/config"]["data"] == {}
    assert made.body["data"] == {"b": "1", "a": "2"}


def test_an_invalid_name_is_refused_and_leaves_nothing_in_the_tree(chart):
    with pytest.raises(ValueError, match=r"name must be a DNS name .*, got 'Not A Name'"):
        config(chart, name="Not A Name")

    assert chart.node.children == []


def test_a_namespace_enforces_restricted(app, manifests):
    from cdk8s import Chart

    chart = Chart(app, "namespace", disable_resource_name_hashes=True)
    Namespace(chart, "namespace", name="loom", labels={"environment": "test"})

    [made] = manifests(chart).values()
    assert "namespace" not in made["metadata"]
    assert made["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert made["metadata"]["labels"]["environment"] == "test"
