import pytest

from loom_constructs import (
    Database,
    Endpoint,
    Login,
    NatsExporter,
    NatsJetStream,
    NatsUser,
    NetworkPolicies,
    Peer,
    PostgresCluster,
    PostgresExporter,
    SecretRef,
    Target,
    Tls,
)
from tests.pods import container, env_of, init_names


@pytest.fixture
def postgres(chart):
    databases = [Database("one", SecretRef("first")), Database("two", SecretRef("second"))]
    return PostgresCluster(chart, "postgres", name="db", databases=databases, monitor=SecretRef("watcher"))


@pytest.fixture
def nats(chart):
    return NatsJetStream(chart, "nats", users=[NatsUser("web")], passwords=SecretRef("passwords"))


def test_the_postgres_exporter_matches_snapshot(chart, render, postgres, snapshot):
    PostgresExporter(chart, "exporter", database=postgres.monitor)

    assert {name: o for name, o in render().items() if "exporter" in name and "ConfigMap" not in name} == snapshot


def test_the_nats_exporter_matches_snapshot(chart, render, nats, snapshot):
    NatsExporter(chart, "exporter", of=nats)

    assert {name: o for name, o in render().items() if "exporter" in name} == snapshot


def test_it_logs_in_as_who_monitors_and_does_not_wait(chart, render, postgres):
    exporter = PostgresExporter(chart, "exporter", database=postgres.monitor)

    deployment = render()["Deployment/db-exporter"]
    env = env_of(deployment)
    assert env["DATA_SOURCE_USER"] == {"secretKeyRef": {"name": "watcher", "key": "username"}}
    assert env["DATA_SOURCE_PASS"] == {"secretKeyRef": {"name": "watcher", "key": "password"}}
    assert env["DATA_SOURCE_URI"] == "db:5432/one?sslmode=disable&connect_timeout=10"
    assert init_names(deployment) == []
    assert exporter.target == Target("loom", "db-exporter")


def test_a_server_that_wants_tls_gets_it(chart, render, postgres):
    PostgresExporter(chart, "exporter", database=postgres.monitor.with_tls(Tls(ca=SecretRef("ca").key("ca.crt"))))

    uri = env_of(deployment := render()["Deployment/db-exporter"])["DATA_SOURCE_URI"]
    assert "sslmode=verify-full&sslrootcert=/etc/postgresql-ca/db/ca.crt&" in uri
    assert "/etc/postgresql-ca/db" in [m["mountPath"] for m in container(deployment, "exporter")["volumeMounts"]]


def test_changed_queries_change_the_pods(chart, render, postgres):
    exporter = PostgresExporter(chart, "exporter", database=postgres.monitor)
    before = render()["Deployment/db-exporter"]
    exporter.config.body["data"]["queries.yaml"] += "\n"

    assert render()["Deployment/db-exporter"] != before


def test_without_monitor_there_is_no_such_role(chart, render):
    cluster = PostgresCluster(chart, "postgres", databases=[Database("one", SecretRef("first"))])

    assert cluster.monitor is None
    assert "MONITOR" not in render()["ConfigMap/loom-db-config"]["data"]["logins.sh"]


def test_who_monitors_may_enter_the_first_database_only(render, postgres):
    objects = render()
    script = objects["ConfigMap/db-config"]["data"]["logins.sh"]
    assert "DATABASE=one psql" in script and "GRANT pg_monitor" in script
    [prepare] = objects["StatefulSet/db"]["spec"]["template"]["spec"]["initContainers"]
    named = {v["name"]: v["valueFrom"]["secretKeyRef"]["name"] for v in prepare["env"] if "valueFrom" in v}
    assert named["MONITOR_USERNAME"] == named["MONITOR_PASSWORD"] == "watcher"


def test_every_nats_server_is_asked_by_its_name(chart, render, nats):
    exporter = NatsExporter(chart, "exporter", of=nats)

    args = container(render()["Deployment/nats-exporter"], "exporter")["args"]
    assert args[-3:] == [f"http://nats-{n}.nats-headless:8222" for n in range(3)]
    assert exporter.servers == 3


def test_one_server_is_asked_alone(chart, render):
    nats = NatsJetStream(chart, "nats", users=[NatsUser("web")], passwords=SecretRef("p"), name="bus", replicas=1)
    NatsExporter(chart, "exporter", of=nats)

    args = container(render()["Deployment/bus-exporter"], "exporter")["args"]
    assert [a for a in args if "http" in a] == ["http://bus-0.bus-headless:8222"]


def test_both_ways_are_open_to_the_server_only(chart, render, postgres, nats):
    PostgresExporter(chart, "postgres-exporter", database=postgres.monitor)
    NatsExporter(chart, "nats-exporter", of=nats)
    NetworkPolicies(chart, "policies")

    objects = render()
    for client, server, port in (("db-exporter", "postgresql", 5432), ("nats-exporter", "nats", 8222)):
        spec = objects[f"NetworkPolicy/{client}"]["spec"]
        assert "ingress" not in spec or spec["ingress"] == []
        [egress] = [
            e
            for e in spec["egress"]
            if e["to"][0].get("podSelector", {}).get("matchLabels", {}).get("app.kubernetes.io/name") == server
        ]
        assert [p["port"] for p in egress["ports"]] == [port]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image": "exporter"}, "image must be an image with a tag"),
        ({"database": "db"}, "database must be an Endpoint, got 'db'"),
        ({"name": "No"}, "name must be"),
    ],
)
def test_wrong_arguments_are_refused(chart, postgres, arguments, message):
    with pytest.raises(ValueError, match=message):
        PostgresExporter(chart, "exporter", **{"database": postgres.monitor, **arguments})


def test_an_endpoint_without_login_or_of_another_kind_is_refused(chart, nats):
    server = Peer.outside("db", "10.0.0.0/8")
    with pytest.raises(ValueError, match="database must be an Endpoint with a database and a login, got 'db'"):
        PostgresExporter(chart, "one", database=Endpoint(server, "sql", "db.example.org", 5432, database="a"))
    with pytest.raises(ValueError, match="an Endpoint that speaks postgresql"):
        PostgresExporter(chart, "two", database=nats.monitoring)
    with pytest.raises(ValueError, match="of must be a NatsJetStream"):
        NatsExporter(chart, "three", of=nats.monitoring)


def test_a_managed_database_is_asked_too(chart, render):
    login = Login.of(SecretRef("rds"))
    server = Peer.outside("rds", "10.20.0.0/16")
    PostgresExporter(
        chart, "exporter", database=Endpoint(server, "sql", "db.example.org", 5432, database="a", login=login)
    )

    assert env_of(render()["Deployment/rds-exporter"])["DATA_SOURCE_URI"].startswith("db.example.org:5432/a?")
