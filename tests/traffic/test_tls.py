"""TLS reaches every client in its own words, and the authority's certificate with it."""

import re

import pytest
import yaml
from cdk8s import Chart
from cdk8s_plus_27 import ContainerProps, CronJob, Deployment

from loom_constructs import (
    ConfigMapKey,
    Database,
    Endpoint,
    ExternalPostgres,
    LoomControlPlane,
    NatsJetStream,
    NatsUser,
    Peer,
    PostgresCluster,
    SecretRef,
    SslMode,
    Temporal,
    Tls,
    Wait,
)
from tests.pods import container, pod_spec

CA = "/etc/postgresql-ca/loom-db/ca.crt"
FULL = Tls(ca=SecretRef("db-ca").key("ca.crt"))
LOGIN = SecretRef("login")


@pytest.fixture(params=[SslMode.VERIFY_FULL, SslMode.VERIFY_CA, SslMode.REQUIRE], ids=str)
def tls(request):
    return Tls(request.param, None if request.param is SslMode.REQUIRE else SecretRef("db-ca").key("ca.crt"))


def postgres(chart, tls=FULL):
    databases = [Database(n, LOGIN) for n in ("loom", "temporal", "temporal_visibility")]
    engine = ExternalPostgres(host="db.example.org", tls=tls, networks=("10.1.0.0/16",), max_connections=500)
    return PostgresCluster(chart, "postgres", databases=databases, engine=engine)


def mounts(container):
    return {m["mountPath"] for m in container.get("volumeMounts", [])}


def values(container):
    return {v["name"]: v.get("value") for v in container["env"]}


@pytest.mark.parametrize("kind", [Deployment, CronJob])
def test_another_teams_workload_gets_variables_certificate_and_wait(chart, render, kind):
    from cdk8s import Cron

    more = {"schedule": Cron.daily()} if kind is CronJob else {}
    theirs = kind(chart, "web", metadata={"name": "web"}, containers=[ContainerProps(image="web:1")], **more)
    Peer.of(theirs).calls(postgres(chart).sql)

    pod = pod_spec(render()[f"{kind.__name__}/web"])
    [volume] = [v for v in pod["volumes"] if v["name"] == "ca-loom-db"]
    assert volume["secret"]["secretName"] == "db-ca"
    assert volume["secret"]["items"] == [{"key": "ca.crt", "path": "ca.crt"}]
    for each in (pod["containers"][0], pod["initContainers"][0]):
        [mount] = [m for m in each["volumeMounts"] if m["name"] == "ca-loom-db"]
        assert (mount["mountPath"], mount["readOnly"]) == ("/etc/postgresql-ca/loom-db", True)
        assert (values(each)["PGSSLMODE"], values(each)["PGSSLROOTCERT"]) == ("verify-full", CA)


def test_a_certificate_in_a_config_map(chart, render):
    web = Deployment(chart, "web", metadata={"name": "web"}, containers=[ContainerProps(image="web:1")])
    Peer.of(web).calls(postgres(chart, Tls(ca=ConfigMapKey("ca", "bundle.pem"))).sql)

    [volume] = pod_spec(render()["Deployment/web"])["volumes"]
    assert volume["configMap"] == {"name": "ca", "items": [{"key": "bundle.pem", "path": "ca.crt"}]}


def test_without_tls_nothing_is_said_about_it(chart, render):
    web = Deployment(chart, "web", metadata={"name": "web"}, containers=[ContainerProps(image="web:1")])
    Peer.of(web).calls(PostgresCluster(chart, "embedded", databases=[Database("a", LOGIN)]).sql)

    for each in (
        *pod_spec(render()["Deployment/web"])["containers"],
        pod_spec(render()["Deployment/web"])["initContainers"][0],
    ):
        assert not [name for name in values(each) if "SSL" in name]


def test_a_certificate_of_another_namespace_is_refused(chart):
    far = Tls(ca=SecretRef("db-ca", namespace="elsewhere").key("ca.crt"))
    web = Deployment(chart, "web", metadata={"name": "web"}, containers=[ContainerProps(image="web:1")])
    endpoint = postgres(chart, far).sql
    with pytest.raises(ValueError, match=r"tls.ca of loom-db:sql for web must be in a Secret of namespace loom \("):
        Peer.of(web).calls(endpoint)

    Peer.of(web).calls(endpoint.with_tls(FULL))


def test_only_postgresql_has_it():
    with pytest.raises(ValueError, match="tls must be None for an endpoint that does not speak postgresql, got 'nats'"):
        Endpoint(Peer("nats", "x"), "client", "nats", 4222, scheme="nats", tls=FULL)


def test_other_tls_for_the_same_call_is_refused(chart):
    web = Deployment(chart, "web", metadata={"name": "web"}, containers=[ContainerProps(image="web:1")])
    endpoint = postgres(chart).sql
    Peer.of(web).calls(endpoint)
    with pytest.raises(ValueError, match="the same as before"):
        Peer.of(web).calls(endpoint.with_tls(Tls(SslMode.REQUIRE)))


def test_a_wait_of_your_own_keeps_its_image(chart, render):
    outside = Endpoint(
        Peer.outside("rds", "10.1.0.0/16"),
        "sql",
        "rds.example.org",
        5432,
        database="a",
        wait=Wait("x:1", "true"),
        tls=FULL,
    )
    web = Deployment(chart, "web", metadata={"name": "web"}, containers=[ContainerProps(image="web:1")])
    Peer.of(web).calls(outside)

    [wait] = pod_spec(render()["Deployment/web"])["initContainers"]
    assert wait["image"] == "x:1" and mounts(wait) == {"/etc/postgresql-ca/rds"}


def test_the_control_plane_says_it_to_its_driver(chart, render, tls):
    database = postgres(chart, tls).sql
    nats = NatsJetStream(chart, "nats", users=[NatsUser("loom")], passwords=SecretRef("nats"))
    LoomControlPlane(
        chart, "loom", image="loom:1", database=database, events=nats.client("loom"), secret=SecretRef("loom-secret")
    )

    loom = render()["Deployment/loom"]
    [job] = [o for name, o in render().items() if name.startswith("Job/loom-migrate-")]
    said = {"loom": "POSTGRES_SSLMODE", "migrate": "PGSSLMODE"}
    asked = [(container(loom, name), variable) for name, variable in said.items()]
    steps = {"look": "PGSSLMODE", "migrate": "POSTGRES_SSLMODE", "record": "PGSSLMODE"}
    asked += [(container(job, name), variable) for name, variable in steps.items()]
    for each, variable in asked:
        given = values(each)
        assert given[variable] == tls.mode.value
        assert given.get("PGSSLROOTCERT") == (CA if tls.ca else None)
        assert ("/etc/postgresql-ca/loom-db" in mounts(each)) is bool(tls.ca)
    assert "sslmode=${POSTGRES_SSLMODE}" in render()["ConfigMap/loom-config"]["data"]["config.yaml"]


def test_temporal_says_it_in_its_file_and_to_its_tool(chart, render, tls):
    made = postgres(chart, tls)
    Temporal(chart, "temporal", database=made.database("temporal"), visibility=made.database("temporal_visibility"))

    objects = render()
    file = re.sub(r"\{\{.*?\}\}", "x", objects["ConfigMap/temporal-config"]["data"]["server.yaml"])
    stores = yaml.safe_load(file)["persistence"]["datastores"]
    verifies = tls.mode is SslMode.VERIFY_FULL
    for name in ("default", "visibility"):
        expected = {"enabled": True, "enableHostVerification": verifies, **({"caFile": CA} if tls.ca else {})}
        assert stores[name]["sql"]["tls"] == expected
    job = next(o for name, o in objects.items() if name.startswith("Job/temporal-schema"))
    given = values(container(job, "schema"))
    assert given["SQL_TLS"] == "true" and given["SQL_TLS_DISABLE_HOST_VERIFICATION"] == str(not verifies).lower()
    assert given.get("SQL_TLS_CA_FILE") == (CA if tls.ca else None)
    server = objects["Deployment/temporal"]
    for name in ("temporal", "wait-for-loom-db", "wait-for-schema"):
        assert ("/etc/postgresql-ca/loom-db" in mounts(container(server, name))) is bool(tls.ca)
    assert values(container(server, "wait-for-schema"))["PGSSLMODE"] == tls.mode.value


def test_temporals_databases_have_the_same(chart):
    made = postgres(chart)
    other = made.database("temporal_visibility").with_tls(Tls(SslMode.REQUIRE))
    with pytest.raises(ValueError, match="visibility must be a database with the same TLS as database"):
        Temporal(chart, "temporal", database=made.database("temporal"), visibility=other)


def test_policies_of_the_call_are_as_ever(chart, manifests):
    from loom_constructs import NetworkPolicies

    web = Deployment(chart, "web", metadata={"name": "web"}, containers=[ContainerProps(image="web:1")])
    Peer.of(web).calls(postgres(chart).sql)
    policies = Chart(chart.node.scope, "policies", namespace="loom", disable_resource_name_hashes=True)
    NetworkPolicies(policies, "network")

    egress = manifests(policies)["NetworkPolicy/web"]["spec"]["egress"]
    assert {"ipBlock": {"cidr": "10.1.0.0/16"}} in [o for r in egress for o in r["to"]]
