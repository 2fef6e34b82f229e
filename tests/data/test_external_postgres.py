import pytest
from cdk8s import Chart, Size

from loom_constructs import (
    ConfigMapKey,
    Database,
    ExternalPostgres,
    NetworkPolicies,
    PgBouncer,
    PostgresBackup,
    PostgresCluster,
    SecretRef,
    SslMode,
    Tls,
)
from tests.pods import container, pod_spec

TLS = Tls(ca=ConfigMapKey("rds-ca", "bundle.pem"))


def postgres(chart, **engine):
    databases = [Database("shop", SecretRef("shop-db"))]
    engine = ExternalPostgres(**{"host": "shop.db.example.org", "tls": TLS, **engine})
    return PostgresCluster(chart, "postgres", databases=databases, engine=engine)


def test_nothing_is_rendered_but_what_clients_need(chart, render):
    made = postgres(chart)
    assert render() == {}

    PgBouncer(chart, "pgbouncer", upstream=made.sql)
    objects = render()
    assert sorted(o.partition("/")[0] for o in objects) == ["ConfigMap", "Deployment", "Service", "ServiceAccount"]
    ini = objects["ConfigMap/pgbouncer-config"]["data"]["pgbouncer.ini"]
    assert "shop = host=shop.db.example.org port=5432 dbname=shop\n" in ini
    assert "server_tls_sslmode = verify-full\nserver_tls_ca_file = /etc/postgresql-ca/loom-db/ca.crt\n" in ini
    pod = pod_spec(objects["Deployment/pgbouncer"])
    [volume] = [v for v in pod["volumes"] if v["name"] == "ca-loom-db"]
    assert volume["configMap"] == {"name": "rds-ca", "items": [{"key": "bundle.pem", "path": "ca.crt"}]}
    assert container(objects["Deployment/pgbouncer"], "pgbouncer")["volumeMounts"][-1]["name"] == "ca-loom-db"


def test_backups_have_the_servers_programs(chart, render):
    PostgresBackup(
        chart, "backup", of=postgres(chart, client_image="postgres:17.11-trixie", storage=Size.gibibytes(40))
    )

    job = render()["CronJob/loom-db-backup-drill"]
    pod = pod_spec(job)
    assert pod["containers"][0]["image"] == "postgres:17.11-trixie" and pod["securityContext"]["runAsUser"] == 999
    [scratch] = [v for v in pod["volumes"] if v["name"] == "scratch"]
    assert scratch["emptyDir"] == {"sizeLimit": "80Gi"}


@pytest.mark.parametrize(
    ("networks", "expected"), [(("10.20.0.0/16",), "10.20.0.0/16"), ((), "0.0.0.0/0")], ids=["private", "public"]
)
def test_policies_let_clients_out_to_its_addresses(chart, manifests, networks, expected):
    PgBouncer(chart, "pgbouncer", upstream=postgres(chart, networks=networks).sql)
    policies = Chart(chart.node.scope, "policies", namespace="loom", disable_resource_name_hashes=True)
    NetworkPolicies(policies, "network")

    rules = manifests(policies)["NetworkPolicy/pgbouncer"]["spec"]["egress"]
    [out] = [r["to"] for r in rules if {"protocol": "TCP", "port": 5432} in r["ports"]]
    assert out[0]["ipBlock"]["cidr"] == expected
    # all public addresses are not those of the cluster
    assert bool(out[0]["ipBlock"].get("except")) is not bool(networks)


def test_clients_of_another_namespace_bring_their_own_secrets(chart):
    assert postgres(chart).sql.login.password.secret.namespace is None


def test_clients_that_exceed_max_connections_fail_the_synthesis(chart, render):
    PgBouncer(chart, "pgbouncer", upstream=postgres(chart, max_connections=50).sql, pool_size=50)

    with pytest.raises(RuntimeError, match=r"max_connections of shop.db.example.org must be at least 160"):
        render()


def test_what_only_the_embedded_engine_has_is_refused(chart):
    with pytest.raises(ValueError, match="engine, for its workload, must be an EmbeddedPostgres"):
        _ = postgres(chart).workload


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"host": "Shop_DB"}, "host must be a DNS name"),
        ({"port": 0}, "port must be a port"),
        ({"tls": "require"}, "tls must be a Tls, got 'require'"),
        ({"networks": ("10.0.0.0/99",)}, "networks must be addresses such as"),
        ({"client_image": "postgres"}, "client_image must be an image with a tag"),
        ({"storage": Size.mebibytes(1)}, "storage must be at least 1Gi"),
        ({"max_connections": 3}, "max_connections must be at least 11"),
    ],
)
def test_bad_arguments_are_refused_and_leave_nothing(chart, changes, message):
    with pytest.raises(ValueError, match=message):
        postgres(chart, **changes)

    assert chart.node.children == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Tls(SslMode.VERIFY_CA), "ca must be given for mode verify-ca"),
        (lambda: Tls(SslMode.DISABLE, ConfigMapKey("a", "b")), "ca must be None for mode disable"),
        (lambda: Tls("prefer"), "mode must be one of disable, require, verify-ca, verify-full, got 'prefer'"),
        (lambda: Tls(ca="ca.crt"), "ca must be a SecretKey or a ConfigMapKey or None"),
    ],
)
def test_tls_says_what_it_checks_by(make, message):
    with pytest.raises(ValueError, match=message):
        make()
