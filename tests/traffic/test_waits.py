"""What waits render; tests/servers runs them."""

import shutil
import subprocess

import pytest
from cdk8s import Chart  # noqa: F401

from loom_constructs import Login, SecretRef, Wait
from loom_constructs.traffic import wait as module


def script(wait, *, required=True, port=1):
    login = Login("o'connor", SecretRef("s").key("k"))
    return wait.container("wait", host="127.0.0.1", port=port, login=login, required=required).manifest()["command"][2]


def test_every_wait_is_valid_shell():
    if not shutil.which("sh"):
        pytest.skip("needs sh")
    for wait in (
        Wait.postgres("postgres:15-alpine", "app"),
        Wait.nats("busybox:1"),
        Wait.http("busybox:1", "/health"),
        Wait.http("busybox:1", any_status=True),
        Wait.grpc("busybox:1", "a.b.C"),
    ):
        for required in (True, False):
            checked = subprocess.run(
                ["sh", "-n", "-c", script(wait, required=required)], capture_output=True, text=True
            )
            assert checked.returncode == 0, checked.stderr


def test_a_wait_is_a_hardened_container_with_the_login(chart):
    made = Wait.nats("busybox:1").container(
        "wait-for-nats",
        host="nats",
        port=4222,
        login=Login("agents", SecretRef("loom-nats").key("agents")),
        required=True,
    )

    env = {v["name"]: v for v in made.manifest()["env"]}
    assert env["LOGIN_USER"]["value"] == "agents"
    assert env["LOGIN_PASSWORD"]["valueFrom"]["secretKeyRef"] == {"name": "loom-nats", "key": "agents"}
    assert made.manifest()["securityContext"]["runAsUser"] == module.USER


def test_an_unpinned_image_is_refused():
    with pytest.raises(ValueError, match="image must be an image with a tag"):
        Wait.http("busybox")


def test_the_grpc_check_is_one_health_request():
    request = module._health_check("a.B")

    assert request.startswith(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000"))
    assert request.endswith(b"\x00\x00\x00\x00\x05" + b"\x0a\x03a.B")
