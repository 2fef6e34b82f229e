import pytest
from cdk8s import Chart

from loom_constructs import (
    Database,
    EmbeddedPostgres,
    PodOptions,
    PostgresCluster,
    Resources,
    SecretRef,
    Temporal,
    TemporalLayout,
    calls_in,
)
from tests.pods import container, env_of, init_names, pod_spec


@pytest.fixture
def temporal(chart, postgres):
    def make(**changes):
        arguments = {
            "database": postgres.database("temporal"),
            "visibility": postgres.database("temporal_visibility"),
            **changes,
        }
        return Temporal(chart, "temporal", **arguments)

    return make


def ours(objects):
    return {k: v for k, v in objects.items() if "/temporal" in k}


@pytest.mark.parametrize("layout", list(TemporalLayout))
def test_matches_snapshot(temporal, render, snapshot, layout):
    temporal(layout=layout)

    assert ours(render()) == snapshot


def test_all_the_arguments(temporal, render):
    temporal(
        replicas=2,
        history_shards=8,
        connections=7,
        namespace="loom",
        retention_days=9,
        ui=True,
        name="workflows",
        image="temporalio/server:1.31.1",
        admin_image="temporalio/admin-tools:1.31.1",
        ui_image="temporalio/ui:2.53.3",
        resources=Resources.small(),
        pod=PodOptions(priority_class="high"),
    )

    objects = render()
    text = objects["ConfigMap/workflows-config"]["data"]["server.yaml"]
    assert "numHistoryShards: 8\n" in text and text.count("maxConns: 7\n") == 2
    assert objects["Deployment/workflows"]["spec"]["replicas"] == 2
    assert env_of(objects["Deployment/workflows-ui"])["TEMPORAL_ADDRESS"] == "workflows:7233"
    [job] = [v for k, v in objects.items() if k.startswith("Job/workflows-namespace-")]
    script = container(job, "namespace")["command"][2]
    assert "--namespace loom --retention 9d" in script
    for workload in (v for k, v in objects.items() if "/workflows" in k and "template" in v.get("spec", {})):
        assert pod_spec(workload)["priorityClassName"] == "high"


def test_servers_wait_for_the_schema_and_no_shell_is_expected_in_their_image(temporal, render):
    temporal()

    rendered = render()["Deployment/temporal"]
    assert init_names(rendered) == ["wait-for-loom-db", "wait-for-schema"]
    assert "command" not in container(rendered, "temporal")


def test_the_single_layout_needs_nobody_else_to_start(temporal, render):
    temporal()

    assert 'hostPort: {{ env "POD_IP" }}:7233\n' in render()["ConfigMap/temporal-config"]["data"]["server.yaml"]


def test_split_roles_each_have_their_own_probe_and_talk_to_each_other(chart, temporal, render):
    temporal(layout=TemporalLayout.SPLIT)

    objects = render()
    services = {
        role: container(objects[f"Deployment/temporal-{role}"], "temporal")["readinessProbe"]
        .get("grpc", {})
        .get("service")
        for role in ("frontend", "history", "matching", "worker")
    }
    assert services == {
        "frontend": "temporal.api.workflowservice.v1.WorkflowService",
        "history": "temporal.api.workflowservice.v1.HistoryService",
        "matching": "temporal.api.workflowservice.v1.MatchingService",
        "worker": None,
    }
    assert objects["Service/temporal"]["spec"]["selector"]["app.kubernetes.io/instance"] == "temporal-frontend"
    ring = {(c.client.name, c.to.server.name) for c in calls_in(chart) if c.to.name.endswith("-ring")}
    assert len(ring) == 16


def test_the_service_is_h2c_and_the_dynamic_configuration_is_there(temporal, render):
    temporal()

    objects = render()
    assert objects["Service/temporal"]["spec"]["ports"][0]["appProtocol"] == "kubernetes.io/h2c"
    assert "dynamic.yaml" in objects["ConfigMap/temporal-config"]["data"]


def test_a_new_release_is_a_new_schema_job(app, manifests):
    def job(version):
        chart = Chart(app, f"c{len(app.node.children)}", namespace=f"n{len(app.node.children)}")
        databases = [Database(n, SecretRef("db")) for n in ("temporal", "temporal_visibility")]
        postgres = PostgresCluster(chart, "postgres", databases=databases, engine=EmbeddedPostgres(max_connections=500))
        Temporal(
            chart,
            "temporal",
            database=postgres.database("temporal"),
            visibility=postgres.database("temporal_visibility"),
            image=f"temporalio/server:{version}",
            admin_image=f"temporalio/admin-tools:{version}",
        )
        return next(k for k in manifests(chart) if k.startswith("Job/temporal-schema-"))

    assert job("1.31.2") == job("1.31.2") != job("1.31.3")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": "temporalio/server"}, "image must be an image with a tag"),
        ({"admin_image": "temporalio/admin-tools:1.30.0"}, "admin_image must be of the server's version 1.31.2, got"),
        ({"image": "temporalio/server:1.25.0"}, r"image must be a server whose schema is known \(1.31\), got"),
        ({"name": "t" * 41}, "name must be a DNS label that starts with a letter .*at most 40"),
        ({"replicas": 0}, "replicas must be at least 1, got 0"),
        ({"history_shards": 0}, "history_shards must be at least 1, got 0"),
        ({"connections": 0}, "connections must be at least 1, got 0"),
        ({"retention_days": 0}, "retention_days must be at least 1, got 0"),
        ({"layout": "triple"}, "layout must be one of single, split, got 'triple'"),
        ({"namespace": "A B"}, "namespace must be a DNS label .*got 'A B'"),
    ],
)
def test_bad_arguments_are_refused(temporal, changes, message):
    with pytest.raises(ValueError, match=message):
        temporal(**changes)


def test_a_layout_may_be_a_string(temporal, render):
    temporal(layout="split")

    assert "Deployment/temporal-frontend" in render()


def test_a_pooler_is_no_store(temporal, pooler):
    with pytest.raises(ValueError, match="database must be PostgreSQL itself, not a pooler, got 'pgbouncer:sql'"):
        temporal(database=pooler.sql)


def test_two_logins_are_refused(temporal, postgres):
    with pytest.raises(ValueError, match="visibility must be a database of the same login as database, got 'loom'"):
        temporal(visibility=postgres.database("loom"))


def test_one_database_for_both_is_refused(temporal, postgres):
    with pytest.raises(ValueError, match="visibility must be another database than database, got 'temporal'"):
        temporal(visibility=postgres.database("temporal"))


def test_both_databases_must_be_on_one_server(chart, temporal):
    other = PostgresCluster(chart, "other", name="other", databases=[Database("v", SecretRef("db"))])

    with pytest.raises(ValueError, match=r"visibility must be on the server of database \(loom-db\), got 'other'"):
        temporal(visibility=other.sql)


def test_a_pooler_without_wait_or_login_is_no_store(temporal):
    from loom_constructs import Endpoint, Peer

    with pytest.raises(ValueError, match="database must be a PostgreSQL database with a login, got 'x:sql'"):
        temporal(database=Endpoint(Peer("x", "loom"), "sql", "x", 5432))
