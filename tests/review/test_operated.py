"""Pods that an operator makes are pods to `reach`."""

from loom_constructs.review.manifests import Manifests

CLUSTER = {
    "apiVersion": "postgresql.cnpg.io/v1",
    "kind": "Cluster",
    "metadata": {"name": "db", "namespace": "shop"},
    "spec": {
        "instances": 3,
        "inheritedMetadata": {"labels": {"team": "x"}, "annotations": {"linkerd.io/inject": "no"}},
    },
}
POOLER = {
    "apiVersion": "postgresql.cnpg.io/v1",
    "kind": "Pooler",
    "metadata": {"name": "pool", "namespace": "shop"},
    "spec": {"template": {"metadata": {"annotations": {"a": "b"}}, "spec": {"containers": []}}},
}


def test_a_cluster_is_pods_with_its_label_and_account():
    [made] = Manifests([CLUSTER]).workloads

    assert str(made) == "Cluster shop/db"
    assert made.labels == {"cnpg.io/cluster": "db", "team": "x"}
    assert made.annotations == {"linkerd.io/inject": "no"}
    assert made.service_account == "db"
    assert [(p.number, p.name) for p in made.ports] == [(5432, "postgresql"), (8000, "status"), (9187, "metrics")]


def test_a_pooler_too():
    [made] = Manifests([POOLER]).workloads

    assert made.labels == {"cnpg.io/poolerName": "pool"} and made.annotations == {"a": "b"}
    assert [p.number for p in made.ports] == [5432, 9127]


def test_a_cluster_of_somebody_else_is_none():
    other = {**CLUSTER, "apiVersion": "cluster.x-k8s.io/v1beta1"}

    assert Manifests([other]).workloads == []
