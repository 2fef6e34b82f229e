import pytest
from cdk8s import Chart

from loom_constructs import (
    Container,
    Database,
    EmbeddedPostgres,
    Endpoint,
    Login,
    NatsJetStream,
    NatsUser,
    Peer,
    PodOptions,
    PostgresCluster,
    Resources,
    SecretRef,
    Wait,
    calls_in,
)
from loom_constructs.kubernetes import Kind, Labels, Workload
from tests.pods import env_of, init_names


def workload(chart, name="shop"):
    main = Container("web", "web:1.0", Resources.small())
    return Workload(chart, name, kind=Kind.DEPLOYMENT, labels=Labels("web", name, "x", "1"), containers=[main], user=1)


@pytest.fixture
def postgres(chart):
    return PostgresCluster(chart, "postgres", databases=[Database("app", SecretRef("login"))])


def test_one_statement_gives_variables_and_a_wait(chart, render, postgres):
    Peer.of(workload(chart)).calls(postgres.sql)

    rendered = render()["Deployment/shop"]

    assert env_of(rendered) == {
        "PGUSER": {"secretKeyRef": {"name": "login", "key": "username"}},
        "PGPASSWORD": {"secretKeyRef": {"name": "login", "key": "password"}},
        "PGHOST": "loom-db",
        "PGPORT": "5432",
        "PGDATABASE": "app",
    }
    assert init_names(rendered) == ["wait-for-loom-db"]


def test_saying_it_twice_changes_nothing(chart, render, postgres):
    shop = workload(chart)
    first = Peer.of(shop).calls(postgres.sql)
    before = render()
    second = postgres.sql.allow_from(Peer.of(shop))

    assert first is second
    assert calls_in(chart) == [first]
    assert render() == before


def test_two_calls_that_set_one_variable_differently_are_refused(chart, postgres):
    shop = Peer.of(workload(chart))
    other = PostgresCluster(chart, "other", name="other-db", databases=[Database("app", SecretRef("login"))])
    shop.calls(postgres.sql)

    with pytest.raises(
        ValueError, match="PGHOST of shop must be set only once, not again by other-db:sql, got 'other-db'"
    ):
        shop.calls(other.sql)
    assert [c.to.server.name for c in calls_in(chart)] == ["loom-db"], "a call that was refused is none"


def test_the_client_may_name_its_variables_itself(chart, render, postgres):
    other = PostgresCluster(chart, "other", name="other-db", databases=[Database("app", SecretRef("login"))])
    shop = Peer.of(workload(chart))
    shop.calls(postgres.sql)
    shop.calls(other.sql, env={"SECOND_DATABASE": other.sql.address_from("loom")})

    assert env_of(render()["Deployment/shop"])["SECOND_DATABASE"] == "other-db:5432"


def test_a_secret_of_another_namespace_is_refused_unless_the_client_brings_its_own(app, manifests, postgres):
    theirs = Chart(app, "theirs", namespace="shop", disable_resource_name_hashes=True)
    shop = Peer.of(workload(theirs))

    with pytest.raises(
        ValueError, match=r"login of loom-db:sql for shop must be in a Secret of namespace shop .*got 'loom/login'"
    ):
        shop.calls(postgres.sql)

    shop.calls(postgres.sql.with_login(Login.of(SecretRef("shop-login"))))
    env = env_of(manifests(theirs)["Deployment/shop"])
    assert env["PGPASSWORD"]["secretKeyRef"]["name"] == "shop-login"
    assert env["PGHOST"] == "loom-db.loom.svc"


def test_an_optional_wait_goes_on_and_a_required_one_fails(chart, render, postgres):
    shop, shelf = workload(chart), workload(chart, "shelf")
    Peer.of(shop).calls(postgres.sql, required=False)
    Peer.of(shelf).calls(postgres.sql)

    def script(name):
        return render()[f"Deployment/{name}"]["spec"]["template"]["spec"]["initContainers"][0]["command"][2]

    assert "going on without it" in script("shop") and "exit 1;" not in script("shop")
    assert "giving up" in script("shelf") and "exit 0;" not in script("shelf")


def test_two_endpoints_of_one_server_get_two_waits(chart, render):
    nats = NatsJetStream(chart, "nats", users=[NatsUser("shop")], passwords=SecretRef("nats"), replicas=1)
    shop = Peer.of(workload(chart))
    client = nats.client("shop")
    shop.calls(client)
    again = Endpoint(client.server, "again", "nats", 4222, login=client.login, wait=client.wait)
    shop.calls(again)

    assert init_names(render()["Deployment/shop"]) == ["wait-for-nats", "wait-for-nats-again"]


def test_outside_callers_need_no_workload(chart, postgres):
    call = postgres.sql.allow_from(Peer("prometheus", "monitoring", {"app": "prometheus"}), env={})

    assert [(c.client.name, c.to.name) for c in calls_in(chart)] == [("prometheus", "sql")]
    assert call.node.scope is postgres.workload


@pytest.mark.parametrize("connections", [0, -1000])
def test_a_call_has_at_least_one_connection(chart, postgres, connections):
    with pytest.raises(ValueError, match=f"connections must be at least 1, got {connections}"):
        Peer.of(workload(chart)).calls(postgres.sql, connections=connections)


def test_three_servers_of_one_name_get_three_waits(chart, render):
    shop = Peer.of(workload(chart))
    for namespace in ("a", "b", "c"):
        shop.calls(Endpoint(Peer("x", namespace), "http", "x", 80, wait=Wait.http("busybox:1", "/")))

    names = init_names(render()["Deployment/shop"])
    assert names == ["wait-for-x", "wait-for-x-http", "wait-for-x-http-c"]


def test_a_database_name_cannot_bring_lines_along():
    with pytest.raises(ValueError, match="database must be letters, digits, "):
        Endpoint(Peer.outside("x"), "sql", "x", 5432, database="a\n[pgbouncer]\nauth_type=any")


def test_strangers_cannot_be_connected():
    stranger = Peer("a", "b")

    with pytest.raises(ValueError, match="client or server must be part of this app, got 'a calls a'"):
        stranger.calls(Endpoint(stranger, "x", "a", 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("x", "a", 0), "port must be a port"),
        (("x", "a", 65536), "port must be a port"),
        (("X", "a", 1), "name must be a DNS label"),
        (("x", "a b", 1), "host must be a DNS name"),
    ],
)
def test_bad_endpoints_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Endpoint(Peer("a", "b"), *arguments)


def test_bad_peers_are_refused():
    with pytest.raises(ValueError, match="networks must be given for a peer outside the cluster"):
        Peer("a", "")
    with pytest.raises(ValueError, match="networks must be addresses such as .*, got '10.0.0.0/33'"):
        Peer.outside("a", "10.0.0.0/33")
    with pytest.raises(ValueError, match="workload must be a workload of loom-constructs or cdk8s-plus, got 5"):
        Peer.of(5)


def test_a_foreign_database_is_an_endpoint_like_any_other(chart, render):
    managed = Endpoint(
        Peer.outside("rds", "10.20.0.0/16"),
        "sql",
        "db.example.org",
        5432,
        database="app",
        env=lambda endpoint, host: {"PGHOST": host},
    )
    Peer.of(workload(chart)).calls(managed)

    assert env_of(render()["Deployment/shop"]) == {"PGHOST": "db.example.org"}


def test_two_databases_of_one_server_are_two_calls(chart, render):
    databases = [Database("app", SecretRef("login")), Database("audit_log", SecretRef("audit"))]
    both = PostgresCluster(chart, "both", databases=databases, engine=EmbeddedPostgres(max_connections=100))
    shop = Peer.of(workload(chart))
    shop.calls(both.sql, connections=60)
    shop.calls(both.database("audit_log"), env={}, connections=60)

    assert len(calls_in(chart)) == 2
    with pytest.raises(RuntimeError, match=r"at least 130 \(shop 60, shop 60, reserved 10\), got 100"):
        render()


def test_two_databases_of_one_server_get_two_waits(chart, render):
    databases = [Database("app", SecretRef("login")), Database("audit_log", SecretRef("audit"))]
    both = PostgresCluster(chart, "both", databases=databases)
    shop = Peer.of(workload(chart))
    shop.calls(both.sql)
    shop.calls(both.database("audit_log"), env={})

    assert init_names(render()["Deployment/shop"]) == ["wait-for-loom-db", "wait-for-loom-db-audit-log"]


def test_saying_something_else_the_second_time_is_refused(chart, postgres):
    shop = Peer.of(workload(chart))
    shop.calls(postgres.sql, connections=5)

    with pytest.raises(
        ValueError, match="connections of shop calls loom-db:sql must be what was said before: 5, got 6"
    ):
        shop.calls(postgres.sql, connections=6)
    with pytest.raises(
        ValueError, match="required of shop calls loom-db:sql must be what was said before: True, got False"
    ):
        shop.calls(postgres.sql, required=False)


def test_what_the_user_chose_stays(chart, render, postgres):
    main = Container("web", "web:1.0", Resources.small())
    shop = Workload(
        chart,
        "shop",
        kind=Kind.DEPLOYMENT,
        labels=Labels("web", "shop", "x", "1"),
        containers=[main],
        user=1,
        options=PodOptions(env={"PGHOST": "elsewhere"}),
    )
    Peer.of(shop).calls(postgres.sql)

    assert env_of(render()["Deployment/shop"])["PGHOST"] == "elsewhere"
