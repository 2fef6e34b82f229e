import pytest

from loom_constructs import (
    Bucket,
    Claim,
    Database,
    Endpoint,
    NetworkPolicies,
    Peer,
    PostgresBackup,
    PostgresCluster,
    SecretRef,
)
from tests.pods import container, env_of, init_names, pod_spec

KEY = SecretRef("backup").key("key")


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
        ({"to": "20Gi"}, "to must be a Claim or a Bucket or None, got '20Gi'"),
        ({"encryption": "key"}, "encryption must be a SecretKey or None, got 'key'"),
        ({"encryption": KEY.secret.key("key", optional=True)}, "encryption must be an entry that is not optional"),
        ({"rclone_image": "rclone/rclone"}, "rclone_image must be an image with a tag"),
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

    PostgresBackup(chart, "backup", of=postgres, schedule="*/30 * * * MON-FRI", to=Claim(Size.gibibytes(3), "cold"))

    assert render()["CronJob/db-backup"]["spec"]["schedule"] == "*/30 * * * MON-FRI"
    assert render()["PersistentVolumeClaim/db-backup"]["spec"]["storageClassName"] == "cold"


def variables(job, name):
    return {v["name"]: v.get("value", v.get("valueFrom")) for v in container(job, name)["env"]}


def test_an_encrypted_bucket_matches_snapshot(chart, render, postgres, snapshot):
    to = Bucket("backups", region="eu-central-1", prefix="one/two", credentials=SecretRef("backup"))
    PostgresBackup(chart, "backup", of=postgres, to=to, encryption=KEY)

    objects = render()
    assert {name: o for name, o in objects.items() if "backup" in name and "Config" not in name} == snapshot


def test_amazon_without_credentials_asks_for_those_of_the_pod(chart, render, postgres):
    PostgresBackup(chart, "backup", of=postgres, to=Bucket("backups", region="eu-central-1"))

    env = variables(render()["CronJob/db-backup"], "send")
    assert env["TO"] == "store:backups/"
    assert env["RCLONE_CONFIG_STORE_PROVIDER"] == "AWS"
    assert env["RCLONE_CONFIG_STORE_ENV_AUTH"] == "true"
    assert env["RCLONE_CONFIG_STORE_FORCE_PATH_STYLE"] == "false"
    assert not {"RCLONE_CONFIG_STORE_ENDPOINT", "RCLONE_CONFIG_STORE_ACCESS_KEY_ID", "ENCRYPTION_KEY"} & set(env)


@pytest.mark.parametrize(
    ("port", "scheme", "url"),
    [
        (9000, "http", "http://minio.stores.svc:9000"),
        (80, "http", "http://minio.stores.svc"),
        (443, "", "https://minio.stores.svc"),
        (9000, "https", "https://minio.stores.svc:9000"),
    ],
)
def test_another_store_is_asked_where_it_is(chart, render, postgres, port, scheme, url):
    endpoint = Endpoint(Peer("minio", "stores", {"app": "minio"}), "s3", "minio", port, scheme=scheme)
    PostgresBackup(chart, "backup", of=postgres, to=Bucket("backups", endpoint=endpoint, path_style=False))

    env = variables(render()["CronJob/db-backup-drill"], "fetch")
    assert env["RCLONE_CONFIG_STORE_ENDPOINT"] == url
    assert env["RCLONE_CONFIG_STORE_PROVIDER"] == "Other"
    assert env["RCLONE_CONFIG_STORE_FORCE_PATH_STYLE"] == "false"


def test_only_what_is_called_is_let_through(chart, render, postgres):
    store = Endpoint(Peer("minio", "stores", {"app": "minio"}), "s3", "minio", 9000)
    PostgresBackup(chart, "backup", of=postgres, to=Bucket("backups", endpoint=store))
    NetworkPolicies(chart, "policies")

    for name in ("db-backup", "db-backup-drill", "db-backup-restore"):
        [policy] = [
            o
            for key, o in render().items()
            if key.startswith("NetworkPolicy/")
            and o["spec"]["podSelector"].get("matchLabels", {}).get("app.kubernetes.io/instance") == name
        ]
        ports = {p["port"] for rule in policy["spec"]["egress"] for p in rule["ports"]}
        assert ports == {5432, 9000, 53}


def test_an_encrypted_claim_is_written_by_one_container_only(chart, render, postgres):
    backup = PostgresBackup(chart, "backup", of=postgres, encryption=KEY)

    mounted = {}
    for name in ("db-backup", "db-backup-drill", "db-backup-restore"):
        spec = pod_spec(render()[f"CronJob/{name}"])
        for each in spec["initContainers"] + spec["containers"]:
            for mount in each.get("volumeMounts", []):
                if mount["mountPath"] == "/var/backup":
                    mounted[f"{name}/{each['name']}"] = mount.get("readOnly", False)
    assert mounted == {"db-backup/send": False, "db-backup-drill/fetch": True, "db-backup-restore/fetch": True}
    assert backup.claim is not None
    assert variables(render()["CronJob/db-backup"], "send")["RCLONE_CONFIG_SAFE_REMOTE"] == "/var/backup/"


def test_no_secret_is_anywhere_but_in_its_variable(chart, render, postgres):
    to = Bucket("backups", region="eu-central-1", credentials=SecretRef("backup"))
    PostgresBackup(chart, "backup", of=postgres, to=to, encryption=KEY)

    objects = render()
    for name in ("db-backup", "db-backup-drill", "db-backup-restore"):
        for each in pod_spec(objects[f"CronJob/{name}"])["initContainers"]:
            if each["name"] in ("send", "fetch"):
                env = variables(objects[f"CronJob/{name}"], each["name"])
                for secret in ("ENCRYPTION_KEY", "RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY"):
                    assert env[secret]["secretKeyRef"]["name"] == "backup"
                assert env["ENCRYPTION_KEY_BEFORE"]["secretKeyRef"] == {
                    "name": "backup",
                    "key": "key-before",
                    "optional": True,
                }
    assert "PersistentVolumeClaim/db-backup" not in objects


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": "Backups"}, "name must be a bucket's name"),
        ({"region": None}, "region must be given for Amazon S3"),
        ({"region": "EU!"}, "region must be a region such as eu-central-1, got 'EU!'"),
        ({"prefix": "/loom"}, "prefix must be a folder such as loom/production, without '/' at its ends, got '/loom'"),
        ({"prefix": "../loom"}, "prefix must be a folder"),
        ({"credentials": "backup"}, "credentials must be a SecretRef or None, got 'backup'"),
        ({"endpoint": "minio:9000"}, "endpoint must be an Endpoint or None, got 'minio:9000'"),
        ({"path_style": "yes"}, "path_style must be a bool or None, got 'yes'"),
        (
            {"endpoint": Endpoint(Peer("bus", "stores"), "client", "bus", 4222, scheme="nats")},
            "endpoint must be an Endpoint that speaks http or https, got 'nats'",
        ),
    ],
)
def test_bad_buckets_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Bucket(**{"name": "backups", "region": "eu-central-1", **wrong})
