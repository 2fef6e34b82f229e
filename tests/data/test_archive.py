import pytest
from cdk8s import Size

from loom_constructs import (
    Claim,
    Database,
    EmbeddedPostgres,
    NetworkPolicies,
    PodOptions,
    PostgresArchive,
    PostgresCluster,
    SecretRef,
)
from tests.pods import container, env_of, init_names, pod_spec

JOBS = ("base", "drill", "restore")


@pytest.fixture
def postgres(chart):
    databases = [Database("one", SecretRef("first")), Database("two", SecretRef("second"))]
    engine = EmbeddedPostgres(replication=SecretRef("log"))
    return PostgresCluster(chart, "postgres", name="db", databases=databases, engine=engine)


def test_matches_snapshot(chart, render, postgres, snapshot):
    PostgresArchive(chart, "archive", of=postgres)

    objects = render()
    assert {name: o for name, o in objects.items() if "archive" in name and "Config" not in name} == snapshot


def test_a_server_without_a_login_for_it_lets_nobody_read_its_log(chart, render):
    PostgresCluster(chart, "postgres", name="db", databases=[Database("one", SecretRef("first"))])

    files = render()["ConfigMap/db-config"]["data"]
    assert "replication" not in files["pg_hba.conf"] + files["prepare.sh"]
    assert "slot" not in files["postgresql.conf"]


def test_a_dead_archive_takes_a_quarter_of_the_servers_volume_at_most(chart, render, postgres):
    files = render()["ConfigMap/db-config"]["data"]

    assert "max_slot_wal_keep_size = 2560MB\n" in files["postgresql.conf"]  # of 10Gi
    assert files["pg_hba.conf"].index("replication  postgres  all  reject") < files["pg_hba.conf"].index(
        "replication  all       all  scram-sha-256"
    )
    prepare = container(render()["StatefulSet/db"], "prepare")
    names = {v["name"]: v["valueFrom"]["secretKeyRef"]["name"] for v in prepare["env"] if "valueFrom" in v}
    assert names["replication_username"] == names["replication_password"] == "log"


def test_all_pods_run_where_the_receiver_has_the_claim(chart, render, postgres):
    PostgresArchive(chart, "archive", of=postgres)

    objects = render()
    claim = {"persistentVolumeClaim": {"claimName": "db-archive"}, "name": "archive"}
    assert claim in pod_spec(objects["Deployment/db-archive"])["volumes"]
    labels = objects["Deployment/db-archive"]["spec"]["selector"]["matchLabels"]
    for job in JOBS:
        pod = pod_spec(objects[f"CronJob/db-archive-{job}"])
        assert claim in pod["volumes"]
        [term] = pod["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert term == {"labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname"}


def test_what_the_user_wants_of_nodes_stays(chart, render, postgres):
    mine = {"weight": 1, "podAffinityTerm": {"topologyKey": "rack", "labelSelector": {}}}
    affinity = {
        "nodeAffinity": {"x": 1},
        "podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [mine]},
    }
    PostgresArchive(chart, "archive", of=postgres, pod=PodOptions(affinity=affinity))

    objects = render()
    for name in ("Deployment/db-archive", *(f"CronJob/db-archive-{job}" for job in JOBS)):
        rendered = pod_spec(objects[name])["affinity"]
        assert rendered["nodeAffinity"] == {"x": 1}
        assert rendered["podAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"][0] == mine


def test_only_a_base_backup_waits_for_the_server(chart, render, postgres):
    PostgresArchive(chart, "archive", of=postgres)

    objects = render()
    assert init_names(objects["CronJob/db-archive-base"]) == ["wait-for-db"]
    for name in ("Deployment/db-archive", "CronJob/db-archive-drill", "CronJob/db-archive-restore"):
        assert init_names(objects[name]) == []


def test_only_the_restore_has_the_servers_volume_and_it_waits_to_be_asked(chart, render, postgres):
    PostgresArchive(chart, "archive", of=postgres)

    objects = render()
    claims = {
        name: [v["persistentVolumeClaim"]["claimName"] for v in pod_spec(o)["volumes"] if "persistentVolumeClaim" in v]
        for name, o in objects.items()
        if "db-archive" in name and o["kind"] in ("CronJob", "Deployment")
    }
    assert [name for name, mounted in claims.items() if "data-db-0" in mounted] == ["CronJob/db-archive-restore"]
    template = objects["StatefulSet/db"]["spec"]["volumeClaimTemplates"][0]["metadata"]["name"]
    assert f"{template}-db-0" == "data-db-0"
    spec = objects["CronJob/db-archive-restore"]["spec"]
    assert spec["suspend"] is True and spec["jobTemplate"]["spec"]["backoffLimit"] == 0


def test_the_receiver_has_no_login_to_the_databases(chart, render, postgres):
    PostgresArchive(chart, "archive", of=postgres)

    objects = render()
    receiver = env_of(objects["Deployment/db-archive"])
    assert receiver["PGUSER"] == {"secretKeyRef": {"name": "log", "key": "username"}}
    assert "one_password" not in receiver
    assert env_of(objects["CronJob/db-archive-drill"])["two_password"] == {
        "secretKeyRef": {"name": "second", "key": "password"}
    }


def test_the_archive_is_let_in(chart, render, postgres):
    PostgresArchive(chart, "archive", of=postgres)
    NetworkPolicies(chart, "policies")

    text = str([o for name, o in render().items() if name.startswith("NetworkPolicy/db")])
    for name in ("db-archive", *(f"db-archive-{job}" for job in JOBS)):
        assert f"'{name}'" in text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"of": "db"}, "of must be a PostgresCluster, got 'db'"),
        ({"base_schedule": "daily"}, "base_schedule must be five fields of cron, such as 0 2 . . ., got 'daily'"),
        ({"drill_schedule": "* * *"}, "drill_schedule must be five fields of cron"),
        ({"keep": 0}, "keep must be at least 1, got 0"),
        ({"max_age_minutes": 0}, "max_age_minutes must be at least 1, got 0"),
        ({"deadline_hours": 0}, "deadline_hours must be at least 1, got 0"),
        ({"storage": "20Gi"}, "storage must be a Claim or None, got '20Gi'"),
        ({"storage": Claim(Size.mebibytes(10))}, "storage must be at least 1Gi, got '10Mi'"),
        ({"name": "Archive"}, "name must be a DNS label"),
    ],
)
def test_bad_arguments_are_refused(chart, postgres, wrong, message):
    before = len(chart.node.find_all())

    with pytest.raises(ValueError, match=message):
        PostgresArchive(chart, "archive", **{"of": postgres, **wrong})
    assert len(chart.node.find_all()) == before


def test_a_server_without_a_login_for_it_is_refused(chart):
    plain = PostgresCluster(chart, "plain", databases=[Database("one", SecretRef("first"))])

    with pytest.raises(
        ValueError,
        match=r"of must be a PostgresCluster with engine=EmbeddedPostgres\(replication=SecretRef\(...\)\), got",
    ):
        PostgresArchive(chart, "archive", of=plain)


def test_a_database_cannot_be_called_replication():
    with pytest.raises(ValueError, match="database must be another name than .*, replication, got 'replication'"):
        Database("replication", SecretRef("x"))
