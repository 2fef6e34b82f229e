"""NATS' rendered configuration on the real server, and the wait for it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.kube import jetstream
from tests.pods import container
from tests.servers.conftest import Machine, answers, eventually, free_port, needed

ENVIRONMENTS = ("local", "staging", "production")
PASSWORDS = {
    "CONTROL_PLANE": "12345e1",
    "CONNECTORS": "true",
    "AGENTS": "$x # {y}",
    "STREAM": "k",
    "STREAM_BACKUP": "b",
    "STREAM_RESTORE": "r",
    "SYS": "s",
}


def objects(environment: str, file: str = "data") -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((ROOT / "dist" / environment / f"{file}.k8s.yaml").read_text()))


def environment_of(server: dict[str, Any], name: str) -> dict[str, str]:
    """The variables of the rendered container, with secrets filled in as the kubelet does."""
    env = {}
    for variable in container(server, "nats")["env"]:
        if variable["name"].startswith("RAW_"):
            env[variable["name"]] = PASSWORDS[variable["name"].removeprefix("RAW_PASSWORD_")]
        elif "value" in variable:
            value = variable["value"]
            for known, filled in env.items():
                value = value.replace(f"$({known})", filled)
            env[variable["name"]] = value
    return {**env, "SERVER_NAME": name}


def server_of(environment: str) -> dict[str, Any]:
    return next(o for o in objects(environment) if o["kind"] == "StatefulSet" and o["metadata"]["name"] == "nats")


def conf_of(environment: str) -> str:
    text: str = next(o for o in objects(environment) if o["metadata"]["name"] == "nats-config")["data"]["nats.conf"]
    return text


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_server_takes_the_configuration(machine: Machine, environment: str) -> None:
    needed("nats-server")
    machine.folders("var/run/nats", "data")
    conf = machine.write("/etc/nats/nats.conf", conf_of(environment))

    done = machine.run(["nats-server", "-t", "-c", str(conf)], environment_of(server_of(environment), "nats-0"))

    assert done.returncode == 0, done.stderr
    assert "is valid" in done.stderr


class Nats:
    """One server from the rendered files of local."""

    def __init__(self, machine: Machine) -> None:
        needed("nats-server")
        self.machine = machine
        self.port, self.http = free_port(), free_port()
        machine.folders("var/run/nats", "data")
        ports = {"port: 4222": f"port: {self.port}", "http_port: 8222": f"http_port: {self.http}"}
        self.conf = machine.write("/etc/nats/nats.conf", conf_of("local"), ports)

    def start(self) -> None:
        self.machine.start(["nats-server", "--config", str(self.conf)], environment_of(server_of("local"), "nats-0"))
        assert eventually(lambda: "Server is ready" in self.machine.log()), self.machine.log()


@pytest.mark.parametrize(
    ("user", "key"), [("control-plane", "CONTROL_PLANE"), ("connectors", "CONNECTORS"), ("agents", "AGENTS")]
)
def test_every_client_logs_in_whatever_its_password_looks_like(machine: Machine, user: str, key: str) -> None:
    nats = Nats(machine)
    nats.start()

    info = jetstream(nats.port, user, PASSWORDS[key], "INFO", {})

    assert "error" not in info
    with pytest.raises(AssertionError, match="Authorization Violation"):
        jetstream(nats.port, user, "wrong", "INFO", {})


def test_the_wait_wants_a_login_and_jetstream(machine: Machine, shell: str) -> None:
    nats = Nats(machine)
    job = next(o for o in objects("local") if o["kind"] == "Job" and o["metadata"]["name"].startswith("loom-stream-"))
    wait = container(job, "wait-for-nats")
    env = {"HOST": "127.0.0.1", "PORT": str(nats.port), "LOGIN_USER": "control-plane", "LOGIN_PASSWORD": "12345e1"}

    assert not answers(machine, shell, wait, env)
    nats.start()
    assert answers(machine, shell, wait, env)
    assert not answers(machine, shell, wait, {**env, "LOGIN_PASSWORD": "wrong"})


def test_a_server_without_jetstream_is_not_enough(machine: Machine, shell: str) -> None:
    nats = Nats(machine)
    text = nats.conf.read_text()
    begin, end = text.index("jetstream {"), text.index("}", text.index("jetstream {")) + 1
    nats.conf.write_text((text[:begin] + text[end:]).replace("    jetstream: enabled\n", ""))
    nats.start()
    loom = next(o for o in objects("local", "loom") if o["kind"] == "Deployment" and o["metadata"]["name"] == "loom")
    env = {"HOST": "127.0.0.1", "PORT": str(nats.port), "LOGIN_USER": "control-plane", "LOGIN_PASSWORD": "12345e1"}

    assert not answers(machine, shell, container(loom, "wait-for-nats"), env)


def test_lame_duck_mode_works_by_the_rendered_command(machine: Machine) -> None:
    nats = Nats(machine)
    nats.start()
    command = container(server_of("local"), "nats")["lifecycle"]["preStop"]["exec"]["command"]

    done = machine.run([machine.local(c) if "=" in c else c for c in command])

    assert done.returncode == 0, done.stderr
    assert eventually(lambda: "Entering lame duck mode" in machine.log(), 30)
