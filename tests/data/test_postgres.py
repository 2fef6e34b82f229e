import pytest
from cdk8s import Size

from loom_constructs import (
    Claim,
    Container,
    Cpu,
    Database,
    EmbeddedPostgres,
    Login,
    Peer,
    PodOptions,
    PostgresCluster,
    Resources,
    SecretRef,
)
from loom_constructs.data.postgres.files import configuration
from loom_constructs.kubernetes import Kind, Labels, Workload
from tests.pods import container, env_of, pod_spec

LOGIN = SecretRef("login")


APP = [Database("app", LOGIN)]


def postgres(chart, *, databases=APP, name="loom-db", **engine):
    return PostgresCluster(chart, "postgres", databases=databases, name=name, engine=EmbeddedPostgres(**engine))


def client(chart, endpoint, connections):
    main = Container("web", "web:1.0", Resources.small())
    shop = Workload(
        chart, "shop", kind=Kind.DEPLOYMENT, labels=Labels("web", "shop", "x", "1"), containers=[main], user=1
    )
    Peer.of(shop).calls(endpoint, connections=connections)


def test_matches_snapshot(chart, render, snapshot):
    postgres(chart)

    assert render() == snapshot


def test_all_the_arguments(chart, render):
    postgres(
        chart,
        name="shop-db",
        image="postgres:16.4-bookworm",
        databases=[Database("app", LOGIN), Database("audit", SecretRef("audit-login"))],
        storage=Claim(Size.gibibytes(30), storage_class="fast"),
        resources=Resources(
            cpu=Cpu.units(1), memory=Size.gibibytes(4), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(4)
        ),
        max_connections=200,
        pod=PodOptions(node_selector={"disk": "ssd"}, annotations={"note": "x"}),
    )

    objects = render()
    server = objects["StatefulSet/shop-db"]
    conf = objects["ConfigMap/shop-db-config"]["data"]["postgresql.conf"]

    assert pod_spec(server)["securityContext"]["runAsUser"] == 999
    assert pod_spec(server)["nodeSelector"] == {"disk": "ssd"}
    assert server["spec"]["template"]["metadata"]["annotations"]["note"] == "x"
    [claim] = server["spec"]["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "data"
    assert claim["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "30Gi"}},
    }
    assert "max_connections = 200\n" in conf and "shared_buffers = 1024MB\n" in conf
    prepare = {
        v["name"]: v["valueFrom"]["secretKeyRef"]["name"]
        for v in container(server, "prepare")["env"]
        if "valueFrom" in v
    }
    assert prepare == {
        f"{database}_{which}{entry}": secret
        for database, secret in (("app", "login"), ("audit", "audit-login"))
        for which in ("", "previous_")
        for entry in ("username", "password")
    }
    assert "database audit " in objects["ConfigMap/shop-db-config"]["data"]["logins.sh"]
    assert objects["Service/shop-db"]["spec"]["clusterIP"] == "None"


def test_the_alpine_image_runs_as_its_own_user(chart, render):
    postgres(chart)

    assert pod_spec(render()["StatefulSet/loom-db"])["securityContext"]["runAsUser"] == 70


def test_a_recovering_server_is_not_killed(chart, render):
    postgres(chart)

    server = container(render()["StatefulSet/loom-db"], "postgres")

    for probe in ("startupProbe", "livenessProbe"):
        assert server[probe]["exec"]["command"][2] == "pg_isready -q -t 4; [ $? -le 1 ]"
    assert server["readinessProbe"]["exec"]["command"][0] == "pg_isready"
    assert "--mode=fast" in server["lifecycle"]["preStop"]["exec"]["command"][2]


def test_each_database_has_its_endpoint(chart):
    made = postgres(chart, databases=[Database("app", LOGIN), Database("audit", SecretRef("audit"))])

    assert made.sql is made.database("app")
    assert made.database("audit").login.password.secret.name == "audit"
    with pytest.raises(ValueError, match="name must be one of app, audit, got 'nope'"):
        made.database("nope")


@pytest.mark.parametrize(
    ("memory", "connections", "expected"),
    [  # the table of the platform's facts, in MB: shared_buffers, effective_cache_size, maintenance_work_mem, work_mem
        (512, 100, (128, 384, 32, 4)),
        (1024, 100, (256, 768, 64, 4)),
        (2048, 100, (512, 1536, 128, 5)),
        (4096, 100, (1024, 3072, 256, 10)),
        (8192, 100, (2048, 6144, 512, 20)),
    ],
)
def test_the_configuration_follows_the_memory_limit(memory, connections, expected):
    conf = dict(
        line.split(" = ")
        for line in configuration(
            memory=memory, storage=10240, max_connections=connections, data_directory="/x"
        ).splitlines()
    )

    names = ("shared_buffers", "effective_cache_size", "maintenance_work_mem", "work_mem")
    assert tuple(int(conf[n].removesuffix("MB")) for n in names) == expected


def test_clients_that_exceed_max_connections_fail_the_synthesis(chart, render):
    client(chart, postgres(chart, max_connections=100).sql, connections=91)

    with pytest.raises(
        RuntimeError,
        match=r"max_connections of loom-db must be at least 101 \(shop 91, reserved 10\), got 100; raise it",
    ):
        render()


def test_clients_that_just_fit(chart, render):
    client(chart, postgres(chart, max_connections=100).sql, connections=90)

    assert render()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"image": "postgres"},
            "image must be an image with a tag other than latest, or with a digest, got 'postgres'",
        ),
        ({"image": ""}, "image must be an image with a tag .*, got ''"),
        ({"name": "Loom_DB"}, "name must be a DNS label .*, got 'Loom_DB'"),
        ({"databases": []}, r"databases must be at least one Database, got \[\]"),
        ({"databases": [Database("a", LOGIN)] * 2}, "databases must be without repetition, got 'a'"),
        ({"databases": None}, "databases must be at least one Database, got None"),
        ({"databases": ["loom"]}, "databases must be a Database, got 'loom'"),
        ({"image": "postgres@sha256:" + "0" * 64}, "user must be given for an image without a tag"),
        ({"storage": Size.gibibytes(10)}, "storage must be a Claim, got"),
        ({"resources": {}}, "resources must be a Resources, got {}"),
        ({"max_connections": 10}, "max_connections must be at least 11, got 10"),
        ({"storage": Claim(Size.mebibytes(500))}, "storage must be at least 1Gi, got '500Mi'"),
        ({"resources": Resources.small()}, "resources.memory_limit must be at least 256Mi, got '64Mi'"),
    ],
)
def test_bad_arguments_are_refused_and_leave_nothing(chart, changes, message):
    with pytest.raises(ValueError, match=message):
        postgres(chart, **changes)

    assert chart.node.children == []


@pytest.mark.parametrize("name", ["postgres", "template1", "pgbouncer"])
def test_names_that_are_taken_are_refused(name):
    with pytest.raises(ValueError, match="database must be another name than postgres, .*got"):
        Database(name, LOGIN)


def test_a_literal_password_is_refused():
    with pytest.raises(ValueError, match="password must be a SecretKey, got 'hunter2'"):
        Login("loom", "hunter2")


@pytest.mark.parametrize(
    ("image", "user"), [("alpine.example.org/postgres:15", 999), ("x/postgres:15-alpine", 70), ("postgres:16", 999)]
)
def test_the_user_is_read_from_the_tag(chart, render, image, user):
    postgres(chart, image=image)

    assert pod_spec(render()["StatefulSet/loom-db"])["securityContext"]["runAsUser"] == user


@pytest.mark.parametrize("name", ["App", "a-b", "1a"])
def test_a_database_needs_a_plain_name(name):
    with pytest.raises(ValueError, match="database must be a PostgreSQL name"):
        Database(name, LOGIN)


def test_a_database_needs_a_secret_reference():
    with pytest.raises(ValueError, match="login of database app must be a SecretRef, got 'secret'"):
        Database("app", "secret")
    with pytest.raises(ValueError, match="login of database app must be a SecretRef, got None"):
        Database("app", None)


def test_passwords_are_never_in_the_output(chart, render):
    postgres(chart)

    assert "PGPASSWORD" not in env_of(render()["StatefulSet/loom-db"])


def test_another_folder_on_the_same_claim(chart, render):
    postgres(chart, image="postgres:18-alpine", folder="pgdata-18")

    objects = render()
    server = objects["StatefulSet/loom-db"]
    conf = objects["ConfigMap/loom-db-config"]["data"]["postgresql.conf"]

    assert "data_directory = '/var/lib/postgresql/data/pgdata-18'\n" in conf
    for name in ("postgres", "prepare"):
        its = container(server, name)
        assert {"name": "PGDATA", "value": "/var/lib/postgresql/data/pgdata-18"} in its["env"]
        [mount] = [m for m in its["volumeMounts"] if m["name"] == "data"]
        assert mount["mountPath"] == "/var/lib/postgresql/data"


@pytest.mark.parametrize("folder", ["", "a/b", "..", "lost+found", "/data"])
def test_the_folder_is_one_below_the_claim(chart, folder):
    with pytest.raises(ValueError, match="folder must be"):
        postgres(chart, folder=folder)
