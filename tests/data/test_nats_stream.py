import json

import pytest
from cdk8s import Chart, Duration, Size

from loom_constructs import (
    Claim,
    Container,
    Discard,
    Endpoint,
    NatsJetStream,
    NatsStream,
    NatsStreamBackup,
    NatsTls,
    NatsUser,
    Peer,
    PodOptions,
    Resources,
    Retention,
    SecretRef,
    Volume,
    calls_in,
)
from loom_constructs.kubernetes import Kind, Labels, Workload
from tests.pods import all_containers, container, env_of, init_names, pod_spec

USERS = [NatsUser("shop"), NatsUser.keeper("ORDERS"), NatsUser.backup("ORDERS"), NatsUser.restore("ORDERS")]


def servers(chart, **changes):
    return NatsJetStream(chart, "nats", **{"users": USERS, "passwords": SecretRef("nats"), **changes})


def orders(chart, nats, /, **changes):
    arguments = {
        "nats": nats,
        "stream": "ORDERS",
        "subjects": ["orders.>"],
        "max_bytes": Size.gibibytes(1),
        "max_age": Duration.hours(24),
        "check_every": Duration.seconds(30),
        **changes,
    }
    return NatsStream(chart, "stream", **arguments)


def job_of(objects):
    [name] = [n for n in objects if n.startswith("Job/")]
    return name, objects[name]


def test_matches_snapshot(chart, render, snapshot):
    orders(chart, servers(chart))

    objects = render()
    assert {name: o for name, o in objects.items() if "orders" in name and "Config" not in name} == snapshot


def test_all_the_arguments(chart, render):
    orders(
        chart,
        servers(chart, users=[*USERS, NatsUser.keeper("O_2", name="maker")]),
        stream="O_2",
        subjects=["orders.>", "returns.*"],
        max_bytes=Size.mebibytes(100),
        max_age=Duration.minutes(90),
        retention=Retention.WORK_QUEUE,
        discard=Discard.NEW,
        user="maker",
        name="queue",
        image="natsio/nats-box:0.20.0",
        check_every=Duration.minutes(1),
        resources=Resources.small(),
        pod=PodOptions(priority_class="high"),
    )

    objects = render()
    assert json.loads(objects["ConfigMap/queue-config"]["data"]["stream.json"]) == {
        "name": "O_2",
        "subjects": ["orders.>", "returns.*"],
        "retention": "workqueue",
        "storage": "file",
        "max_bytes": 100 << 20,
        "max_age": 90 * 60 * 10**9,
        "discard": "new",
        "num_replicas": 3,
    }
    name, job = job_of(objects)
    assert name.startswith("Job/queue-")
    assert container(job, "make")["image"] == "natsio/nats-box:0.20.0"
    assert env_of(job)["NATS_URL"] == "nats://maker:$(NATS_PASSWORD)@nats:4222"
    keeper = objects["Deployment/queue-replicas"]
    assert env_of(keeper)["PERIOD"] == "60" and env_of(keeper)["REPLICAS"] == "3"
    assert pod_spec(keeper)["priorityClassName"] == pod_spec(job)["priorityClassName"] == "high"


def test_a_changed_stream_is_a_new_job(chart, render, app, manifests):
    orders(chart, servers(chart))
    first, _ = job_of(render())
    other = Chart(app, "other", namespace="other", disable_resource_name_hashes=True)
    orders(other, servers(other), max_bytes=Size.gibibytes(2))
    second, _ = job_of(manifests(other))

    assert first != second


@pytest.mark.parametrize("changes", [{"nats": {"replicas": 1}}, {"stream": {"check_every": None}}])
def test_nobody_holds_the_replicas_of_one_server_or_where_it_is_not_wanted(chart, render, changes):
    made = orders(chart, servers(chart, **changes.get("nats", {})), **changes.get("stream", {}))

    assert made.keeper is None
    assert not [n for n in render() if n.endswith("-replicas")]


def test_clients_wait_for_the_stream_and_the_job_for_the_server(chart, render):
    made = orders(chart, servers(chart))
    client(chart, made.client("shop"))

    objects = render()
    asks = {}
    for name, kind in ((job_of(objects)[0], "make"), ("Deployment/client", "client")):
        assert init_names(objects[name]) == ["wait-for-nats"], kind
        asks[kind] = container(objects[name], "wait-for-nats")["command"][2]
    assert "$JS.API.INFO _INBOX.wait" in asks["make"]
    assert "$JS.API.STREAM.INFO.ORDERS _INBOX.wait" in asks["client"] and "stream_info_response" in asks["client"]


def client(chart, *endpoints: Endpoint, name="client"):
    made = Workload(
        chart,
        name,
        kind=Kind.DEPLOYMENT,
        labels=Labels("client", name, "client", "1"),
        containers=[Container(name="client", image="client:1", resources=Resources.small())],
        user=1000,
    )
    for endpoint in endpoints:
        Peer.of(made).calls(endpoint)
    return made


def test_each_part_connects_as_a_user_that_may_no_more_than_it_needs(chart, render):
    NatsStreamBackup(chart, "backup", of=orders(chart, servers(chart)))

    objects = render()
    users = {}
    for name, o in objects.items():
        if o["kind"] in ("Job", "CronJob", "Deployment"):
            url = env_of(o).get("NATS_URL", "")
            users[name.partition("-stream")[2].partition("-")[2] or name] = url.partition("//")[2].partition(":")[0]
    assert sorted(users.values()) == ["127.0.0.1", "stream", "stream", "stream-backup", "stream-restore"]
    conf = objects["ConfigMap/nats-config"]["data"]["nats.conf"]
    [keeper] = [line for line in conf.splitlines() if "user: stream," in line]
    assert "STREAM.DELETE" not in keeper and ">" not in keeper.replace("_INBOX.>", "")


def test_streams_fit_into_what_jetstream_may_store(chart, app):
    nats = servers(chart, storage=Claim(Size.gibibytes(2)), jetstream_limit=Size.gibibytes(1))
    orders(chart, nats, max_bytes=Size.mebibytes(1000))
    NatsStream(
        chart,
        "more",
        nats=nats,
        stream="MORE",
        subjects=["more"],
        max_bytes=Size.mebibytes(24),
        max_age=Duration.hours(1),
        user="shop",
    )
    app.synth()
    NatsStream(
        chart,
        "much",
        nats=nats,
        stream="MUCH",
        subjects=["much"],
        max_bytes=Size.mebibytes(1),
        max_age=Duration.hours(1),
        user="shop",
    )
    message = r"NatsJetStream nats may store 1024Mi on a server, and its streams 1025Mi \(ORDERS 1000Mi, MORE 24Mi, MUCH 1Mi\); give it"
    with pytest.raises(Exception, match=message):
        app.synth()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nats": "nats"}, "nats must be a NatsJetStream, got 'nats'"),
        ({"stream": "a.b"}, "stream must be letters, digits, '-' and '_', at most 63, got 'a.b'"),
        ({"subjects": "orders.>"}, "subjects must be a list of strings, got 'orders.>'"),
        ({"subjects": []}, r"subjects must be at least one, got \[\]"),
        ({"subjects": ["a", "a"]}, "subjects must be without repetition, got 'a'"),
        ({"max_bytes": 5}, "max_bytes must be a Size, got 5"),
        ({"max_age": 5}, "max_age must be a Duration, got 5"),
        ({"max_age": Duration.millis(5)}, "max_age must be at least a second"),
        ({"check_every": 5}, "check_every must be a Duration or None, got 5"),
        ({"retention": "limits"}, "retention must be a Retention, got 'limits'"),
        ({"discard": "old"}, "discard must be a Discard, got 'old'"),
        ({"image": "natsio/nats-box"}, "image must be an image with a tag"),
        ({"name": "A"}, "name must be a DNS label"),
        ({"user": "stranger"}, "user must be one of shop, stream, stream-backup, stream-restore, got 'stranger'"),
        (
            {"user": "stream-backup"},
            "user must be a NatsUser that may publish to .JS.API.STREAM.CREATE.ORDERS, got 'stream-backup'",
        ),
    ],
)
def test_bad_arguments_are_refused_and_leave_nothing(chart, changes, message):
    nats = servers(chart)
    with pytest.raises(ValueError, match=message):
        orders(chart, nats, **changes)

    assert chart.node.try_find_child("stream") is None
    # the name is free again, and so is the room
    orders(chart, nats)


def test_a_stream_is_declared_once(chart):
    nats = servers(chart)
    orders(chart, nats)

    with pytest.raises(ValueError, match="stream must be without repetition, got 'ORDERS'"):
        NatsStream(
            chart,
            "again",
            nats=nats,
            stream="ORDERS",
            subjects=["x"],
            max_bytes=Size.gibibytes(1),
            max_age=Duration.hours(1),
        )


def test_a_client_that_may_not_look_at_the_stream_is_refused(chart):
    made = orders(chart, servers(chart, users=[*USERS, NatsUser("blind", publish=["orders.new"])]))

    with pytest.raises(ValueError, match="user must be a NatsUser that may publish to .JS.API.STREAM.INFO.ORDERS"):
        made.client("blind")


@pytest.mark.parametrize(
    ("grant", "subject", "may"),
    [
        (">", "a.b", True),
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.*.c", "a.b.c", True),
        ("a.b", "a.b", True),
        ("a.b", "a.bc", False),
        ("a.b.c", "a.b", False),
    ],
)
def test_what_a_user_may_publish(grant, subject, may):
    assert NatsUser("a", publish=[grant]).may_publish(subject) is may


def test_with_tls_everything_is_verified(chart, render):
    nats = servers(chart, tls=NatsTls(SecretRef("certificates")))
    client(chart, nats.client("shop"))

    objects = render()
    conf = objects["ConfigMap/nats-config"]["data"]["nats.conf"]
    assert conf.count('ca_file: "/etc/nats-tls/ca.crt"') == 2
    assert conf.index("cluster {") < conf.index("verify: true") and conf.count("verify: true") == 1
    env = env_of(objects["Deployment/client"])
    assert env["NATS_URL"].startswith("tls://shop:") and env["SSL_CERT_DIR"] == "/etc/nats-ca"
    wait = container(objects["Deployment/client"], "wait-for-nats")
    assert wait["image"] == "natsio/nats-box:0.19.7" and "tls://$HOST:$PORT" in wait["command"][2]
    [mounted] = [v for v in pod_spec(objects["StatefulSet/nats"])["volumes"] if v["name"] == "tls"]
    assert mounted["secret"] == {"secretName": "certificates"}


def test_without_tls_nothing_is_mounted(chart, render):
    client(chart, servers(chart).client("shop"))

    for each in all_containers(render()["Deployment/client"]):
        assert "volumeMounts" not in each


def test_tls_arguments():
    with pytest.raises(ValueError, match="certificate must be a SecretRef, got 'x'"):
        NatsTls("x")
    with pytest.raises(ValueError, match="wait_image must be an image with a tag"):
        NatsTls(SecretRef("x"), wait_image="nats-box")


def test_another_teams_workload_gets_the_files_too(chart, render):
    import cdk8s_plus_27 as plus

    theirs = plus.Deployment(chart, "theirs", containers=[plus.ContainerProps(image="theirs:1", port_number=80)])
    nats = servers(chart, tls=NatsTls(SecretRef("certificates")))
    Peer.of(theirs).calls(nats.client("shop"))

    [deployment] = [o for n, o in render().items() if n.startswith("Deployment/") and "theirs" in n]
    for each in all_containers(deployment):
        assert [m["mountPath"] for m in each["volumeMounts"]] == ["/etc/nats-ca"]
    [volume] = pod_spec(deployment)["volumes"]
    assert volume["secret"]["secretName"] == "certificates"
    assert volume["secret"]["items"] == [{"key": "ca.crt", "path": "ca.crt"}]


def test_another_teams_workload_takes_named_entries_only(chart):
    import cdk8s_plus_27 as plus

    theirs = plus.Deployment(chart, "theirs", containers=[plus.ContainerProps(image="theirs:1", port_number=80)])
    files = {"/files": Volume.config("files", "settings")}
    with pytest.raises(ValueError, match="volume files of .* must be named entries of a Secret or ConfigMap, got"):
        Peer.of(theirs).calls(Endpoint(Peer.outside("there", "10.0.0.0/8"), "x", "there", 1, files=files))


def test_the_backup_matches_snapshot(chart, render, snapshot):
    NatsStreamBackup(chart, "backup", of=orders(chart, servers(chart)))

    objects = render()
    assert {n: o for n, o in objects.items() if "backup" in n and "Config" not in n} == snapshot


def test_the_drill_reaches_nobody_and_only_the_backup_writes(chart, render):
    made = NatsStreamBackup(chart, "backup", of=orders(chart, servers(chart)))

    assert [c.to.name for c in calls_in(made.drill)] == []
    mounted = {}
    for name in ("orders-stream-backup", "orders-stream-backup-drill", "orders-stream-backup-restore"):
        for each in pod_spec(render()[f"CronJob/{name}"])["containers"]:
            for mount in each["volumeMounts"]:
                if mount["mountPath"] == "/var/backup":
                    mounted[each["name"]] = mount.get("readOnly", False)
    assert mounted == {"backup": False, "drill": True, "restore": True}


def test_the_backups_arguments(chart, render):
    NatsStreamBackup(
        chart,
        "backup",
        of=orders(chart, servers(chart)),
        name="copies",
        schedule="0 * * * *",
        drill_schedule="0 6 * * 1",
        keep=2,
        max_age_hours=5,
        deadline_hours=3,
        resources=Resources.small(),
        pod=PodOptions(priority_class="low"),
    )

    objects = render()
    assert objects["CronJob/copies"]["spec"]["schedule"] == "0 * * * *"
    assert objects["CronJob/copies-drill"]["spec"]["schedule"] == "0 6 * * 1"
    assert objects["PersistentVolumeClaim/copies"]["spec"]["resources"]["requests"]["storage"] == "3Gi"
    assert objects["CronJob/copies"]["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 3 * 3600
    scripts = objects["ConfigMap/copies-config"]["data"]
    assert "tail -n +3" in scripts["backup.sh"] and "more than 5" in scripts["drill.sh"]
    assert pod_spec(objects["CronJob/copies-drill"])["priorityClassName"] == "low"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"of": "x"}, "of must be a NatsStream, got 'x'"),
        ({"schedule": "daily"}, "schedule must be five fields of cron"),
        ({"drill_schedule": "* *"}, "drill_schedule must be five fields of cron"),
        ({"keep": 0}, "keep must be at least 1, got 0"),
        ({"max_age_hours": 0}, "max_age_hours must be at least 1, got 0"),
        ({"deadline_hours": 0}, "deadline_hours must be at least 1, got 0"),
        ({"storage": "5Gi"}, "storage must be a Claim or None, got '5Gi'"),
        ({"resources": 1}, "resources must be a Resources or None, got 1"),
        ({"pod": 1}, "pod must be a PodOptions or None, got 1"),
        ({"name": "A"}, "name must be a DNS label"),
        (
            {"user": "stream"},
            "user must be a NatsUser that may publish to .JS.API.STREAM.SNAPSHOT.ORDERS, got 'stream'",
        ),
        (
            {"restore_user": "stream-backup"},
            "restore_user must be a NatsUser that may publish to .JS.API.STREAM.DELETE.ORDERS, got 'stream-backup'",
        ),
    ],
)
def test_bad_arguments_of_a_backup_are_refused(chart, wrong, message):
    made = orders(chart, servers(chart))
    with pytest.raises(ValueError, match=message):
        NatsStreamBackup(chart, "backup", **{"of": made, **wrong})

    assert chart.node.try_find_child("backup") is None
