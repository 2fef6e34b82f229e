import dataclasses

import pytest
from cdk8s import Chart, Size

from loom_constructs import (
    BarmanBackup,
    BarmanObjectStore,
    Claim,
    CloudNativePg,
    CloudNativePgPooler,
    Cpu,
    Database,
    Endpoint,
    NetworkPolicies,
    Peer,
    PgBouncer,
    PodOptions,
    Pooling,
    PostgresBackup,
    PostgresCluster,
    Recovery,
    Resources,
    S3Keys,
    SecretRef,
    Spread,
    SslMode,
    Synchronous,
)
from tests.pods import container, env_of, pod_spec

API = Endpoint.api_server("10.0.0.1/32")
DATABASES = [
    Database("shop", SecretRef("shop-db")),
    Database("stock", SecretRef("stock-db")),
    Database("stock_search", SecretRef("stock-db"), owner="stock"),
]
STORE = BarmanObjectStore(destination="s3://shop/backups")
KEYS = S3Keys(access_key_id=SecretRef("bucket").key("id"), secret_access_key=SecretRef("bucket").key("key"))


def cluster(chart, *, databases=DATABASES, name="db", **engine):
    engine = CloudNativePg(**{"api_server": API, **engine})
    return PostgresCluster(chart, "postgres", name=name, databases=databases, engine=engine)


def spec(render):
    return render()["Cluster/db"]["spec"]


def test_matches_snapshot(chart, render, snapshot):
    cluster(chart, backup=BarmanBackup(store=STORE))

    assert render() == snapshot


def test_all_the_arguments(chart, render):
    store = BarmanObjectStore(
        destination="s3://shop", endpoint_url="https://s3.example.org", credentials=KEYS, retention="2w"
    )
    cluster(
        chart,
        instances=5,
        image="ghcr.io/cloudnative-pg/postgresql:17.11-system-trixie",
        client_image="postgres:17.11-alpine",
        storage=Claim(Size.gibibytes(30), storage_class="fast"),
        wal_storage=Claim(Size.gibibytes(4), storage_class="fast"),
        resources=Resources(
            cpu=Cpu.units(1), memory=Size.gibibytes(4), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(4)
        ),
        max_connections=300,
        synchronous=Synchronous.REQUIRED,
        spread=Spread.PREFERRED,
        topology_key="kubernetes.io/hostname",
        tls=SslMode.REQUIRE,
        backup=BarmanBackup(store=store, schedule="0 30 3 * * *", server_name="db-2"),
        recovery=Recovery(store=store, server_name="db", target_time="2026-01-31T02:00:00Z"),
        pod=PodOptions(
            node_selector={"disk": "ssd"},
            annotations={"note": "x"},
            labels={"team": "shop"},
            tolerations=[{"key": "db", "operator": "Exists"}],
            pull_secrets=["registry"],
            priority_class="high",
        ),
    )

    objects = render()
    made = objects["Cluster/db"]["spec"]
    assert made["instances"] == 5
    assert made["affinity"] == {
        "enablePodAntiAffinity": True,
        "topologyKey": "kubernetes.io/hostname",
        "podAntiAffinityType": "preferred",
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "db", "operator": "Exists"}],
    }
    assert made["inheritedMetadata"] == {
        "annotations": {"note": "x", "linkerd.io/inject": "disabled"},
        "labels": {"team": "shop"},
    }
    assert (made["imagePullSecrets"], made["priorityClassName"]) == ([{"name": "registry"}], "high")
    assert made["storage"] == {"size": "30Gi", "storageClass": "fast"}
    assert made["walStorage"] == {"size": "4Gi", "storageClass": "fast"}
    assert made["postgresql"]["synchronous"] == {"method": "any", "number": 1, "dataDurability": "required"}
    # half of the log's own volume, and a quarter of the memory
    assert made["postgresql"]["parameters"]["max_wal_size"] == "2048MB"
    assert made["postgresql"]["parameters"]["shared_buffers"] == "1024MB"
    assert made["postgresql"]["parameters"]["max_connections"] == "300"
    assert made["bootstrap"] == {
        "recovery": {
            "source": "origin",
            "database": "shop",
            "owner": "shop",
            "secret": {"name": "shop-db"},
            "recoveryTarget": {"targetTime": "2026-01-31T02:00:00Z"},
        }
    }
    [plugin] = made["plugins"]
    assert plugin["isWALArchiver"] and plugin["parameters"]["serverName"] == "db-2"
    [origin] = made["externalClusters"]
    # the same bucket: one ObjectStore serves both
    assert origin["plugin"]["parameters"] == {"barmanObjectName": "db-backups", "serverName": "db"}
    assert [n for n in objects if n.startswith("ObjectStore/")] == ["ObjectStore/db-backups"]
    bucket = objects["ObjectStore/db-backups"]["spec"]
    assert bucket["retentionPolicy"] == "2w"
    assert bucket["configuration"]["endpointURL"] == "https://s3.example.org"
    assert bucket["configuration"]["s3Credentials"] == {
        "accessKeyId": {"name": "bucket", "key": "id"},
        "secretAccessKey": {"name": "bucket", "key": "key"},
    }
    assert objects["ScheduledBackup/db-base"]["spec"]["schedule"] == "0 30 3 * * *"


def test_each_database_has_its_owner_and_its_object(chart, render):
    cluster(chart)

    objects = render()
    made = objects["Cluster/db"]["spec"]
    assert made["bootstrap"]["initdb"]["secret"] == {"name": "shop-db"}
    [role] = made["managed"]["roles"]
    assert (role["name"], role["passwordSecret"], role["superuser"]) == ("stock", {"name": "stock-db"}, False)
    owners = {o["spec"]["name"]: o["spec"]["owner"] for n, o in objects.items() if n.startswith("Database/")}
    assert owners == {"stock": "stock", "stock_search": "stock"}
    assert {o["spec"]["databaseReclaimPolicy"] for n, o in objects.items() if n.startswith("Database/")} == {"retain"}


def test_without_a_choice_nothing_deprecated_and_no_superuser(chart, render):
    cluster(chart)

    made = spec(render)
    assert made["enableSuperuserAccess"] is False
    assert not {"backup", "monitoring", "plugins", "externalClusters", "walStorage"} & set(made)


@pytest.mark.parametrize(
    ("choice", "instances", "expected"),
    [
        (Synchronous.NONE, 3, None),
        (Synchronous.PREFERRED, 3, "preferred"),
        (Synchronous.REQUIRED, 3, "required"),
        (Synchronous.PREFERRED, 1, None),
    ],
)
def test_what_a_commit_waits_for(chart, render, choice, instances, expected):
    cluster(chart, synchronous=choice, instances=instances)

    assert (spec(render)["postgresql"].get("synchronous") or {}).get("dataDurability") == expected


def test_a_clone_starts_from_another_bucket(chart, render):
    cluster(chart, recovery=Recovery(store=STORE, server_name="live"))

    objects = render()
    assert "ObjectStore/db-origin" in objects
    assert "recoveryTarget" not in objects["Cluster/db"]["spec"]["bootstrap"]["recovery"]
    assert objects["ObjectStore/db-origin"]["spec"]["configuration"]["s3Credentials"] == {"inheritFromIAMRole": True}


def test_clients_verify_the_servers_name(chart, render):
    made = cluster(chart)
    PgBouncer(chart, "pgbouncer", upstream=made.sql)
    PostgresBackup(chart, "backup", of=made)

    objects = render()
    assert made.sql.host == "db-rw"
    assert spec(render)["postgresql"]["pg_hba"] == ["hostnossl all all all reject"]
    ini = objects["ConfigMap/pgbouncer-config"]["data"]["pgbouncer.ini"]
    assert "host=db-rw " in ini
    assert "server_tls_sslmode = verify-full\nserver_tls_ca_file = /etc/postgresql-ca/db/ca.crt\n" in ini
    for workload, name in (("Deployment/pgbouncer", "pgbouncer"), ("CronJob/db-backup", "backup")):
        mounted = [m for m in container(objects[workload], name)["volumeMounts"] if m["name"] == "ca-db"]
        assert mounted == [{"name": "ca-db", "mountPath": "/etc/postgresql-ca/db", "readOnly": True}]
        [volume] = [v for v in pod_spec(objects[workload])["volumes"] if v["name"] == "ca-db"]
        # of the authority's Secret the certificate alone, never its key
        assert volume["secret"] == {"secretName": "db-ca", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    assert env_of(objects["CronJob/db-backup"])["PGSSLMODE"] == "verify-full"
    assert pod_spec(objects["CronJob/db-backup"])["containers"][0]["image"] == "postgres:18.6-trixie"


def test_without_tls_plain_connections_are_let_in(chart, render):
    made = cluster(chart, tls=SslMode.DISABLE)

    assert "pg_hba" not in spec(render)["postgresql"]
    assert made.sql.tls_variables == {"PGSSLMODE": "disable"} and not made.sql.mounts


def test_policies_let_the_operator_and_the_instances_through(chart, manifests):
    cluster(chart, backup=BarmanBackup(store=STORE))
    policies = Chart(chart.node.scope, "policies", namespace="loom", disable_resource_name_hashes=True)
    NetworkPolicies(policies, "network")

    policy = manifests(policies)["NetworkPolicy/db"]["spec"]
    assert policy["podSelector"] == {"matchLabels": {"cnpg.io/cluster": "db"}}
    [rule] = policy["ingress"]
    assert [p["port"] for p in rule["ports"]] == [5432, 8000]
    assert {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "cnpg-system"}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "cloudnative-pg"}},
    } in rule["from"]
    out = {p["port"]: r["to"] for r in policy["egress"] for p in r["ports"]}
    assert out[6443] == [{"ipBlock": {"cidr": "10.0.0.1/32"}}]
    assert out[443][0]["ipBlock"]["cidr"] == "0.0.0.0/0" and 53 in out


def test_a_bucket_in_the_cluster_is_called_there(chart, manifests):
    minio = Endpoint(Peer("minio", "storage", {"app": "minio"}), "s3", "minio", 9000)
    cluster(chart, backup=BarmanBackup(store=dataclasses.replace(STORE, server=minio)))
    policies = Chart(chart.node.scope, "policies", namespace="loom", disable_resource_name_hashes=True)
    NetworkPolicies(policies, "network")

    out = [p["port"] for r in manifests(policies)["NetworkPolicy/db"]["spec"]["egress"] for p in r["ports"]]
    assert 9000 in out and 443 not in out


def test_clients_that_exceed_max_connections_fail_the_synthesis(chart, render):
    PgBouncer(chart, "pgbouncer", upstream=cluster(chart, max_connections=100).sql, pool_size=50)

    with pytest.raises(RuntimeError, match=r"max_connections of db-rw must be at least 160 \(pgbouncer 150, "):
        render()


def test_the_pooler_is_an_endpoint_like_pgbouncer(chart, render):
    made = cluster(chart, max_connections=500)
    pooler = CloudNativePgPooler(chart, "pooler", of=made, name="db-pooler", pool_size=20)

    body = render()["Pooler/db-pooler"]["spec"]
    assert body["cluster"] == {"name": "db"} and body["type"] == "rw" and body["instances"] == 2
    assert body["pgbouncer"]["poolMode"] == "transaction"
    assert body["pgbouncer"]["parameters"] == {
        "max_client_conn": "500",
        "default_pool_size": "20",
        "ignore_startup_parameters": "extra_float_digits,options",
        "max_prepared_statements": "200",
    }
    assert (pooler.sql.host, pooler.sql.port, pooler.sql.pooled) == ("db-pooler", 5432, True)
    # its certificate is made out to the servers
    assert pooler.sql.tls.mode is SslMode.VERIFY_CA
    assert pooler.sql.login == made.sql.login


def test_the_pooler_by_session_needs_a_connection_for_each_client(chart, render):
    made = cluster(chart, max_connections=1000)
    with pytest.raises(ValueError, match="pool_size must be at least max_client_conn"):
        CloudNativePgPooler(chart, "small", of=made, pooling=Pooling.SESSION, pool_size=5, max_client_conn=100)

    CloudNativePgPooler(chart, "pooler", of=made, pooling=Pooling.SESSION, pool_size=50, max_client_conn=50)
    body = render()["Pooler/loom-db-pooler"]["spec"]["pgbouncer"]
    assert body["poolMode"] == "session" and "max_prepared_statements" not in body["parameters"]


def test_the_pooler_wants_a_cluster_of_cloud_native_pg(chart):
    embedded = PostgresCluster(chart, "embedded", databases=DATABASES)
    with pytest.raises(ValueError, match="of must be a cluster of CloudNativePg"):
        CloudNativePgPooler(chart, "pooler", of=embedded)
    with pytest.raises(ValueError, match="name must be another one than those of the cluster's Services"):
        CloudNativePgPooler(chart, "pooler", of=cluster(chart), name="db-rw")


SMALL = Resources(
    cpu=Cpu.units(1), memory=Size.mebibytes(256), cpu_limit=Cpu.units(2), memory_limit=Size.mebibytes(256)
)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"instances": 2}, "instances must be 1, or 3 and more, got 2"),
        ({"instances": 0}, "instances must be at least 1"),
        ({"api_server": "10.0.0.1/32"}, "api_server must be an Endpoint"),
        ({"image": "postgres"}, "image must be an image with a tag"),
        ({"client_image": "postgres:15-alpine"}, "client_image must be of PostgreSQL 18, as image is"),
        ({"storage": Claim(Size.mebibytes(100))}, "storage must be at least 1Gi"),
        ({"storage": Claim(Size.gibibytes(10), shared=True)}, "storage must be a claim that is not shared"),
        ({"wal_storage": "4Gi"}, "wal_storage must be a Claim or None"),
        ({"resources": SMALL}, "resources.memory_limit must be at least 512Mi, got '256Mi'"),
        ({"instances": 1, "synchronous": Synchronous.REQUIRED}, "synchronous must be none or preferred with one"),
        ({"pod": PodOptions(env={"A": "b"})}, "pod.env must be empty: CloudNativePG makes these pods"),
        ({"backup": "s3://x"}, "backup must be a BarmanBackup or None"),
        ({"name": "a" * 41}, "name must be a DNS label"),
        (
            {"databases": [DATABASES[0], Database("other", SecretRef("other"), owner="shop")]},
            r"login of database other must be that of database shop: both are of role shop",
        ),
        (
            {"backup": BarmanBackup(store=STORE), "recovery": Recovery(store=STORE, server_name="db")},
            "backup.server_name must be another one than that of recovery",
        ),
    ],
)
def test_bad_arguments_are_refused_and_leave_nothing(chart, changes, message):
    with pytest.raises(ValueError, match=message):
        cluster(chart, **changes)

    assert chart.node.children == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BarmanObjectStore(destination="/backups"), "destination must be a bucket such as"),
        (lambda: BarmanObjectStore(destination="s3://bkt", retention="30"), "retention must be a number and d, w or m"),
        (lambda: BarmanObjectStore(destination="s3://bkt", endpoint_url="s3.org"), "endpoint_url must be such as"),
        (lambda: BarmanBackup(store=STORE, schedule="0 2 * * *"), "schedule must be six fields of cron"),
        (lambda: S3Keys(access_key_id="AKIA", secret_access_key="x"), "access_key_id must be a SecretKey"),
        (
            lambda: Recovery(store=STORE, server_name="a", target_time="2026-01-31 02:00"),
            "target_time must be a moment",
        ),
        (
            lambda: Recovery(store=STORE, server_name="a", target_time="2026-01-31 02:00:00"),
            "target_time must be a moment with its zone",
        ),
        (lambda: Recovery(store=STORE, server_name="a", target_lsn="0"), "target_lsn must be a position"),
        (
            lambda: Recovery(store=STORE, server_name="a", target_lsn="16/B374D848", immediate=True),
            "target_time, target_lsn, target_name and immediate must be at most one of them",
        ),
        (lambda: Recovery(store=STORE, server_name="a", target_name="x"), "backup_id must be given with target_name"),
        (lambda: Database("app", SecretRef("a"), owner="postgres"), "owner of database app must be none of postgres"),
    ],
)
def test_what_cannot_be_meant_cannot_be_said(make, message):
    with pytest.raises(ValueError, match=message):
        make()
