import pytest
from cdk8s import Chart

from loom_constructs import Database, PostgresCluster, SecretRef


def test_the_same_kind_and_name_twice_fails_the_synthesis(chart, render):
    for id in ("one", "two"):
        PostgresCluster(chart, id, databases=[Database("app", SecretRef("login"))])

    with pytest.raises(
        RuntimeError, match=r"StatefulSet loom-db is there 2 times; give each construct a name of its own"
    ):
        render()


def test_the_same_name_in_another_namespace_is_fine(app, manifests):
    for name in ("one", "two"):
        chart = Chart(app, name, namespace=name, disable_resource_name_hashes=True)
        PostgresCluster(chart, "db", databases=[Database("app", SecretRef("login"))])

        assert "StatefulSet/loom-db" in manifests(chart)


def test_duplicates_in_two_charts_of_one_namespace_are_found_too(app, manifests):
    charts = [Chart(app, n, namespace="loom", disable_resource_name_hashes=True) for n in ("one", "two")]
    for chart in charts:
        PostgresCluster(chart, "db", databases=[Database("app", SecretRef("login"))])

    with pytest.raises(RuntimeError, match="StatefulSet loom-db is there 2 times"):
        manifests(charts[0])
