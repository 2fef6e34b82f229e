import pytest

from loom_constructs import Claim, Database, PostgresBackup, PostgresCluster, SecretRef
from tests.pods import container, env_of, init_names, pod_spec


@pytest.fixture
def postgres(chart):
    databases = [Database("one", SecretRef("first")), Database("two", SecretRef("second"))]
    return PostgresCluster(chart, "postgres", name="db", databases=databases)


def test_matches_snapshot(chart, render, postgres, snapshot):
    PostgresBackup(chart, "backup", of=postgres)

    objects = render()
    assert {name: o for name, o in objects.items() if "backup" in name and "Config" not in name} == snapshot


def test_only_the_backup_writes_to_the_claim(chart, render, postgres):
    PostgresBackup(chart, "backup", of=postgres)

    mounted = {}
    for name in ("db-backup", "db-backup-drill", "db-backup-restore"):
        script = name.rpartition("-")[2]
        [mount] = [
            m for m in container(render()[f"CronJob/{name}"], script)["volumeMounts"] if m["mountPath"] == "/var/backup"
        ]
        mounted[script] = mount.get("readOnly", False)
    assert mounted == {"backup": False, "drill": True, "restore": True}


def test_each_database_is_asked_by_its_owner_once_it_answers(chart, render, postgres):
    PostgresBackup(chart, "backup", of=postgres)

    job = render()["CronJob/db-backup"]
    env = env_of(job)
    assert env["DATABASES"] == "one two"
    assert env["one_password"] == {"secretKeyRef": {"name": "first", "key": "password"}}
    assert env["two_username"] == {"secretKeyRef": {"name": "second", "key": "username"}}
    assert init_names(job) == ["wait-for-db"]


def test_the_restore_waits_to_be_asked_and_is_tried_once(chart, render, postgres):
    PostgresBackup(chart, "backup", of=postgres)

    spec = render()["CronJob/db-backup-restore"]["spec"]
    assert spec["suspend"] is True
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0


def test_a_changed_script_changes_the_pods(chart, render, postgres):
    backup = PostgresBackup(chart, "backup", of=postgres)
    before = pod_annotations(render())
    backup.config.body["data"]["backup.sh"] += "# changed\n"

    assert pod_annotations(render()) != before


def pod_annotations(objects):
    return objects["CronJob/db-backup"]["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["annotations"]


def test_the_scratch_space_holds_the_database(chart, render, postgres):
    PostgresBackup(chart, "backup", of=postgres)

    [scratch] = [v for v in pod_spec(render()["CronJob/db-backup-drill"])["volumes"] if v["name"] == "scratch"]
    assert scratch["emptyDir"] == {"sizeLimit": "20Gi"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"of": "db"}, "of must be a PostgresCluster, got 'db'"),
        ({"schedule": "daily"}, "schedule must be five fields of cron, such as 0 2 . . ., got 'daily'"),
        ({"drill_schedule": "* * *"}, "drill_schedule must be five fields of cron"),
        ({"keep": 0}, "keep must be at least 1, got 0"),
        ({"max_age_hours": 0}, "max_age_hours must be at least 1, got 0"),
        ({"deadline_hours": 0}, "deadline_hours must be at least 1, got 0"),
        ({"storage": "20Gi"}, "storage must be a Claim or None, got '20Gi'"),
        ({"name": "Backup"}, "name must be a DNS label"),
    ],
)
def test_bad_arguments_are_refused(chart, postgres, wrong, message):
    before = len(chart.node.find_all())

    with pytest.raises(ValueError, match=message):
        PostgresBackup(chart, "backup", **{"of": postgres, **wrong})
    assert len(chart.node.find_all()) == before


def test_storage_and_schedule_are_the_users(chart, render, postgres):
    from cdk8s import Size

    PostgresBackup(
        chart, "backup", of=postgres, schedule="*/30 * * * MON-FRI", storage=Claim(Size.gibibytes(3), "cold")
    )

    assert render()["CronJob/db-backup"]["spec"]["schedule"] == "*/30 * * * MON-FRI"
    assert render()["PersistentVolumeClaim/db-backup"]["spec"]["storageClassName"] == "cold"
