"""Another team's plain cdk8s-plus workloads."""

import pytest
from cdk8s import Chart, Cron
from cdk8s_plus_27 import (
    ContainerProps,
    CronJob,
    Deployment,
    EnvValue,
    Job,
    Service,
    ServiceAccount,
    ServicePort,
    StatefulSet,
)

from loom_constructs import Database, Login, NatsJetStream, NatsUser, Peer, PostgresCluster, SecretRef, calls_in


@pytest.fixture
def postgres(chart):
    return PostgresCluster(chart, "postgres", databases=[Database("app", SecretRef("login"))])


@pytest.fixture
def worker(chart):
    account = ServiceAccount(chart, "worker-account", metadata={"name": "worker"})
    return Deployment(
        chart,
        "worker",
        metadata={"name": "worker"},
        service_account=account,
        containers=[ContainerProps(image="worker:1.0")],
    )


def test_it_gets_variables_and_a_hardened_wait(chart, render, postgres, worker):
    Peer.of(worker).calls(postgres.sql)

    pod = render()["Deployment/worker"]["spec"]["template"]["spec"]

    env = {v["name"]: v.get("value", v.get("valueFrom")) for v in pod["containers"][0]["env"]}
    assert env["PGHOST"] == "loom-db"
    assert env["PGPASSWORD"] == {"secretKeyRef": {"name": "login", "key": "password"}}
    [wait] = pod["initContainers"]
    assert wait["name"] == "wait-for-loom-db"
    assert wait["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert wait["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert wait["securityContext"]["runAsUser"] == 65534
    assert wait["resources"]["limits"] == {"cpu": "250m", "memory": "64Mi"}


def test_its_peer_is_its_labels_and_account(worker):
    peer = Peer.of(worker)

    assert (peer.name, peer.namespace, peer.service_account) == ("worker", "loom", "worker")
    assert dict(peer.labels) == dict(worker.match_labels)


def test_saying_it_twice_changes_nothing(chart, render, postgres, worker):
    first = Peer.of(worker).calls(postgres.sql)
    before = render()
    assert Peer.of(worker).calls(postgres.sql) is first
    assert render() == before
    assert calls_in(chart) == [first]


def test_a_clash_with_its_own_variable_is_refused(chart, postgres, worker):
    worker.containers[0].env.add_variable("PGHOST", EnvValue.from_value("elsewhere"))

    with pytest.raises(
        ValueError, match="PGHOST of worker must be set only once, not again by loom-db:sql, got 'loom-db'"
    ):
        Peer.of(worker).calls(postgres.sql)


def test_a_container_that_comes_after_the_call_fails_the_synthesis(chart, render, postgres, worker):
    Peer.of(worker).calls(postgres.sql)
    worker.add_container(name="late", image="late:1.0")

    with pytest.raises(
        RuntimeError, match="container late of test/worker was added after the call to loom-db:sql and lacks PG"
    ):
        render()


def test_another_namespace_needs_its_own_login(app, manifests, postgres):
    theirs = Chart(app, "theirs", namespace="shop", disable_resource_name_hashes=True)
    job = Job(theirs, "job", metadata={"name": "job"}, containers=[ContainerProps(image="job:1.0")])

    with pytest.raises(ValueError, match="must be in a Secret of namespace shop"):
        Peer.of(job).calls(postgres.sql)

    Peer.of(job).calls(postgres.sql.with_login(Login.of(SecretRef("own"))))
    pod = manifests(theirs)["Job/job"]["spec"]["template"]["spec"]
    assert {v["name"]: v.get("value") for v in pod["containers"][0]["env"]}["PGHOST"] == "loom-db.loom.svc"


def test_a_cron_job_and_a_stateful_set_work_too(chart, render, postgres):
    cron = CronJob(
        chart, "cron", metadata={"name": "cron"}, schedule=Cron.daily(), containers=[ContainerProps(image="cron:1.0")]
    )
    service = Service(chart, "svc", ports=[ServicePort(port=80)])
    sets = StatefulSet(
        chart, "set", metadata={"name": "set"}, service=service, containers=[ContainerProps(image="set:1.0")]
    )
    for workload in (cron, sets):
        Peer.of(workload).calls(postgres.sql)

    objects = render()
    for pod in (
        objects["CronJob/cron"]["spec"]["jobTemplate"]["spec"]["template"]["spec"],
        objects["StatefulSet/set"]["spec"]["template"]["spec"],
    ):
        assert pod["initContainers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert "PGHOST" in {v["name"] for v in pod["containers"][0]["env"]}


def test_a_client_of_nats_gets_one_url(chart, render, worker):
    nats = NatsJetStream(chart, "nats", users=[NatsUser("worker")], passwords=SecretRef("loom-nats"), replicas=1)
    Peer.of(worker).calls(nats.client("worker"))

    env = render()["Deployment/worker"]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert [v["name"] for v in env] == ["NATS_PASSWORD", "NATS_URL"]
    assert env[1]["value"] == "nats://worker:$(NATS_PASSWORD)@nats:4222"
