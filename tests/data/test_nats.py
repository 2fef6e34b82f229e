import pytest
from cdk8s import Size

from loom_constructs import Claim, Cpu, NatsJetStream, NatsUser, PodOptions, Resources, SecretRef, calls_in
from tests.pods import container, env_of, pod_spec


def nats(chart, **changes):
    arguments = {"users": [NatsUser("shop")], "passwords": SecretRef("nats"), **changes}
    return NatsJetStream(chart, "nats", **arguments)


def conf(objects, name="nats"):
    return objects[f"ConfigMap/{name}-config"]["data"]["nats.conf"]


def test_matches_snapshot(chart, render, snapshot):
    nats(chart)

    assert render() == snapshot


def test_all_the_arguments(chart, render):
    nats(
        chart,
        name="bus",
        image="nats:2.14.5-alpine",
        replicas=1,
        users=[NatsUser("shop", publish=["shop.>"], subscribe=["shop.>", "_INBOX.>"]), NatsUser("shelf")],
        storage=Claim(Size.gibibytes(20), storage_class="fast"),
        jetstream_limit=Size.gibibytes(10),
        memory_streams=Size.mebibytes(64),
        resources=Resources(
            cpu=Cpu.units(1), memory=Size.gibibytes(1), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(1)
        ),
        account="SHOP",
        wait_image="busybox:1.36.1",
        pod=PodOptions(priority_class="high"),
    )

    objects = render()
    text = conf(objects, "bus")
    assert "cluster {" not in text
    assert "max_file_store: 10240MiB" in text and "max_memory_store: 64MiB" in text
    assert (
        '{ user: shop, password: $PASSWORD_SHOP, permissions: { publish: ["shop.>", "$JS.API.INFO"], subscribe: ["shop.>", "_INBOX.>"] } }'
        in text
    )
    assert "  SHOP {" in text
    server = objects["StatefulSet/bus"]
    assert pod_spec(server)["priorityClassName"] == "high"
    assert server["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] == "fast"
    assert env_of(server)["GOMEMLIMIT"] == "819MiB"


def test_three_servers_form_a_cluster(chart, render):
    made = nats(chart)

    objects = render()
    for i in range(3):
        assert f"nats://nats-{i}.nats-headless:6222" in conf(objects)
    assert objects["StatefulSet/nats"]["spec"]["podManagementPolicy"] == "Parallel"
    assert objects["Service/nats-headless"]["spec"]["publishNotReadyAddresses"] is True
    assert [(c.client.name, c.to.name) for c in calls_in(made)] == [("nats", "cluster")]


def test_probes_ask_no_more_than_they_should(chart, render):
    nats(chart)

    server = container(render()["StatefulSet/nats"], "nats")
    paths = {p: server[p]["httpGet"]["path"] for p in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert paths == {
        "startupProbe": "/healthz",
        "readinessProbe": "/healthz?js-server-only=true",
        "livenessProbe": "/healthz?js-enabled-only=true",
    }


def test_lame_duck_mode_ends_within_the_grace_period(chart, render):
    nats(chart)

    pod = pod_spec(render()["StatefulSet/nats"])
    assert _stops_with(pod) == ["sh", "-c", "sleep 5; exec nats-server -sl=ldm=/var/run/nats/nats.pid"]
    assert pod["terminationGracePeriodSeconds"] >= 5 + 10 + 30 + 10


def test_an_image_without_a_shell_goes_into_lame_duck_mode_at_once(chart, render):
    nats(chart, image="nats:2.12.15-scratch")

    assert _stops_with(pod_spec(render()["StatefulSet/nats"])) == ["nats-server", "-sl=ldm=/var/run/nats/nats.pid"]


def _stops_with(pod):
    return pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]


def test_every_password_is_a_string_to_nats(chart, render):
    nats(chart)

    env = env_of(render()["StatefulSet/nats"])
    assert env["PASSWORD_SHOP"] == '"$(RAW_PASSWORD_SHOP)"'
    assert env["RAW_PASSWORD_SHOP"] == {"secretKeyRef": {"name": "nats", "key": "shop"}}
    assert "PASSWORD_SYS" in env


def test_a_client_needs_a_user(chart):
    made = nats(chart)

    assert made.client("shop").login.username == "shop"
    with pytest.raises(ValueError, match="user must be one of shop, got 'stranger'"):
        made.client("stranger")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"replicas": 2}, "replicas must be one of 1, 3, got 2"),
        ({"replicas": 0}, "replicas must be at least 1, got 0"),
        ({"replicas": True}, "replicas must be at least 1, got True"),
        ({"account": "SYS"}, "account must be a word other than SYS, the system account, got 'SYS'"),
        ({"memory_streams": Size.gibibytes(1)}, "memory_streams must be at most the memory limit of 512Mi, got '1Gi'"),
        ({"image": "nats:2.1-alpine"}, "image must be NATS 2.12 or newer, got 'nats:2.1-alpine'"),
        ({"storage": Size.gibibytes(1)}, "storage must be a Claim or None, got"),
        ({"jetstream_limit": "5Gi"}, "jetstream_limit must be a Size, got '5Gi'"),
        ({"users": ["a"]}, "users must be a NatsUser, got 'a'"),
        (
            {"storage": Claim(Size.gibibytes(1)), "jetstream_limit": Size.gibibytes(2)},
            "storage must be at least the jetstream_limit of 2Gi, got '1Gi'",
        ),
        ({"image": "nats"}, "image must be an image with a tag"),
        ({"users": []}, r"users must be at least one NatsUser, got \[\]"),
        ({"users": [NatsUser("a"), NatsUser("a")]}, "users must be without repetition, got 'a'"),
        ({"passwords": None}, "passwords must be a SecretRef, got None"),
        ({"name": "NATS"}, "name must be a DNS label"),
    ],
)
def test_bad_arguments_are_refused_and_leave_nothing(chart, changes, message):
    with pytest.raises(ValueError, match=message):
        nats(chart, **changes)

    assert chart.node.children == []


def test_the_system_user_is_taken():
    with pytest.raises(
        ValueError, match="user must be another name than sys, the user of the system account, got 'sys'"
    ):
        NatsUser("sys")
