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
from tests.pods import container, env_of, pod_spec


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
    Peer.of(shop).calls(pooler(chart, database, replicas=3, max_client_conn=100, pool_size=20).sql, connections=199)

    with pytest.raises(
        RuntimeError,
        match=r"max_client_conn of pgbouncer must be at least 101, so that 2 of its poolers take 201 clients "
        r"\(shop 199, reserved 2\), got 100; raise it or replicas",
    ):
        render()


def test_what_is_left_when_one_pooler_is_lost_takes_all_clients(chart, render, database):
    main = Container("web", "web:1.0", Resources.small())
    shop = Workload(
        chart, "shop", kind=Kind.DEPLOYMENT, labels=Labels("web", "shop", "x", "1"), containers=[main], user=1
    )
    Peer.of(shop).calls(pooler(chart, database, replicas=3, max_client_conn=100, pool_size=20).sql, connections=198)

    render()


def annotation(objects):
    return objects["Deployment/pgbouncer"]["spec"]["template"]["metadata"]["annotations"]["checksum/settings-of-start"]


def test_a_change_that_can_be_reloaded_replaces_no_pod(app, manifests):
    def rendered(id, **changes):
        chart = Chart(app, id, namespace=id, disable_resource_name_hashes=True)
        server = PostgresCluster(
            chart,
            "postgres",
            databases=[Database("app", SecretRef("login"))],
            engine=EmbeddedPostgres(max_connections=900),
        )
        pooler(chart, server.sql, **changes)
        return manifests(chart)

    before, larger = rendered("one"), rendered("two", pool_size=60, max_client_conn=600, max_prepared_statements=9)
    assert settings(before) != settings(larger)
    template = [o["Deployment/pgbouncer"]["spec"]["template"] for o in (before, larger)]
    assert template[0] == template[1]
    other = rendered("three", pooling=Pooling.SESSION, pool_size=60, max_client_conn=60)
    assert annotation(other) != annotation(before)


def test_files_that_change_are_mounted_as_folders(chart, render, database):
    pooler(chart, database)

    rendered = render()["Deployment/pgbouncer"]
    assert not any("subPath" in m for m in container(rendered, "pgbouncer")["volumeMounts"])
    [login] = [v["projected"] for v in pod_spec(rendered)["volumes"] if v["name"] == "login"]
    names = [s["secret"]["items"][0]["path"] for s in login["sources"]]
    assert names == ["username", "password", "previous-username", "previous-password"]


def test_kubernetes_leaves_its_scripts_as_they_are(chart, render, database):
    pooler(chart, database)

    rendered = container(render()["Deployment/pgbouncer"], "pgbouncer")
    scripts = [rendered["command"][2], rendered["lifecycle"]["preStop"]["exec"]["command"][2]]
    assert not any("$$" in script for script in scripts)  # one dollar sign would be left of two


def test_a_username_may_be_a_literal(chart, render, database):
    pooler(chart, database.with_login(Login("app", SecretRef("login").key("pw"))))

    rendered = render()["Deployment/pgbouncer"]
    assert env_of(rendered) == {"USERNAME": "app"}
    [login] = [v["projected"] for v in pod_spec(rendered)["volumes"] if v["name"] == "login"]
    assert login["sources"] == [{"secret": {"name": "login", "items": [{"key": "pw", "path": "password"}]}}]


def test_a_pod_that_ends_is_gone_before_another_one_ends(chart, render, database):
    pooler(chart, database)

    rendered = render()["Deployment/pgbouncer"]
    stop = container(rendered, "pgbouncer")["lifecycle"]["preStop"]["exec"]["command"][2]
    served = int(next(line.split()[1] for line in stop.splitlines() if line.startswith("sleep")))
    assert rendered["spec"]["minReadySeconds"] > served


def test_it_has_time_to_stop(chart, render, database):
    pooler(chart, database)

    rendered = render()["Deployment/pgbouncer"]
    stop = container(rendered, "pgbouncer")["lifecycle"]["preStop"]["exec"]["command"][2]
    waits = [int(line.split()[1]) for line in stop.splitlines() if line.startswith("sleep")]
    assert sum(waits) < pod_spec(rendered)["terminationGracePeriodSeconds"]


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
