import pytest
from cdk8s import Chart

from loom_constructs import (
    Container,
    Database,
    EmbeddedPostgres,
    Endpoint,
    Login,
    Peer,
    PgBouncer,
    PodOptions,
    Pooling,
    PostgresCluster,
    Resources,
    SecretRef,
)
from loom_constructs.kubernetes import Kind, Labels, Workload
from tests.pods import container, pod_spec


@pytest.fixture
def database(chart):
    return PostgresCluster(
        chart, "postgres", databases=[Database("app", SecretRef("login"))], engine=EmbeddedPostgres(max_connections=200)
    ).sql


def pooler(chart, database, **changes):
    return PgBouncer(chart, "pgbouncer", upstream=database, **changes)


def settings(objects, name="pgbouncer"):
    text = objects[f"ConfigMap/{name}-config"]["data"]["pgbouncer.ini"]
    return dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line)


def test_matches_snapshot(chart, render, snapshot, database):
    pooler(chart, database)

    assert {k: v for k, v in render().items() if k.endswith(("/pgbouncer", "/pgbouncer-config"))} == snapshot


def test_all_the_arguments(chart, render, database):
    pooler(
        chart,
        database,
        name="pool",
        image="edoburu/pgbouncer:v1.24.1-p1",
        replicas=3,
        pooling=Pooling.TRANSACTION,
        pool_size=10,
        max_client_conn=300,
        max_prepared_statements=50,
        resources=Resources.small(),
        pod=PodOptions(tolerations=[{"operator": "Exists"}]),
    )

    objects = render()
    ini = settings(objects, "pool")
    assert objects["Deployment/pool"]["spec"]["replicas"] == 3
    assert pod_spec(objects["Deployment/pool"])["tolerations"] == [{"operator": "Exists"}]
    assert container(objects["Deployment/pool"], "pgbouncer")["resources"]["limits"]["memory"] == "64Mi"
    assert (ini["default_pool_size"], ini["max_client_conn"], ini["max_prepared_statements"]) == ("10", "300", "50")
    assert ini["app"] == "host=loom-db port=5432 dbname=app"


def test_session_pooling_needs_a_pool_for_every_client(chart, render, database):
    with pytest.raises(
        ValueError, match=r"pool_size must be at least max_client_conn \(500\) with Pooling.SESSION, got 50"
    ):
        pooler(chart, database, pooling=Pooling.SESSION)

    pooler(chart, database, pooling=Pooling.SESSION, pool_size=60, max_client_conn=60)
    ini = settings(render())
    assert ini["pool_mode"] == "session"
    assert "max_prepared_statements" not in ini


def test_pools_that_exceed_max_connections_fail_the_synthesis(chart, render, database):
    pooler(chart, database, replicas=3, pool_size=50)

    with pytest.raises(
        RuntimeError, match=r"max_connections of loom-db must be at least 210 \(pgbouncer 200, reserved 10\), got 200"
    ):
        render()


def test_clients_that_exceed_the_poolers_fail_the_synthesis(chart, render, database):
    main = Container("web", "web:1.0", Resources.small())
    shop = Workload(
        chart, "shop", kind=Kind.DEPLOYMENT, labels=Labels("web", "shop", "x", "1"), containers=[main], user=1
    )
    Peer.of(shop).calls(pooler(chart, database, replicas=2, max_client_conn=100).sql, connections=201)

    with pytest.raises(
        RuntimeError,
        match=r"replicas × max_client_conn of pgbouncer must be at least 201 \(shop 201\), got 200; raise them",
    ):
        render()


def test_its_clients_see_the_same_database_with_the_same_login(chart, database):
    made = pooler(chart, database)

    assert (made.sql.host, made.sql.port, made.sql.database) == ("pgbouncer", 5432, "app")
    assert made.sql.login == database.login


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": "edoburu/pgbouncer:latest"}, "image must be an image with a tag other than latest"),
        (
            {"image": "edoburu/pgbouncer:1.18.0"},
            "image must be PgBouncer 1.21 or newer with Pooling.TRANSACTION .*got 'edo",
        ),
        ({"replicas": 0}, "replicas must be at least 1, got 0"),
        ({"replicas": -1}, "replicas must be at least 1, got -1"),
        ({"pool_size": 0}, "pool_size must be at least 1, got 0"),
        ({"max_client_conn": 10}, "max_client_conn must be at least 50, got 10"),
        ({"max_prepared_statements": 0}, "max_prepared_statements must be at least 1, got 0"),
        ({"pooling": "statement"}, "pooling must be one of transaction, session, got 'statement'"),
        ({"name": "a.b"}, "name must be a DNS label"),
        ({"name": "9pool"}, "name must be a DNS label that starts with a letter"),
        ({"name": "p" * 53}, "name must be a DNS label .* at most 52"),
    ],
)
def test_bad_arguments_are_refused(chart, database, changes, message):
    with pytest.raises(ValueError, match=message):
        pooler(chart, database, **changes)


def test_pooling_may_be_a_string(chart, render, database):
    with pytest.raises(ValueError, match="pool_size must be at least max_client_conn"):
        pooler(chart, database, pooling="session")

    pooler(chart, database, pooling="session", pool_size=20, max_client_conn=20)
    assert settings(render())["pool_mode"] == "session"


def test_a_database_without_a_login_is_refused(chart):
    nowhere = Endpoint(Peer.outside("rds"), "sql", "db.example.org", 5432, database="app")

    with pytest.raises(ValueError, match="upstream must be a database with a login, got 'rds:sql'"):
        pooler(chart, nowhere)


def test_the_login_of_another_namespace_is_refused(app, database):
    elsewhere = Chart(app, "elsewhere", namespace="other", disable_resource_name_hashes=True)

    with pytest.raises(
        ValueError,
        match=r"upstream must be in a Secret of namespace other .*got 'loom/login'",
    ):
        pooler(elsewhere, database)

    made = pooler(elsewhere, database.with_login(Login.of(SecretRef("own"))), name="other-pool")
    assert "host=loom-db.loom.svc" in made.config.body["data"]["pgbouncer.ini"]
