"""Three NATS servers of the rendered production configuration, and programs that talk to them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from tests.kube import jetstream
from tests.pods import container
from tests.servers.conftest import Machine, eventually, free_port, needed
from tests.servers.test_nats import PASSWORDS, conf_of, environment_of, objects, server_of

PASSWORD = {name: PASSWORDS[name.upper().replace("-", "_")] for name in ("control-plane", "stream", "stream-restore")}


class NatsCluster:
    """The servers run on this machine: only ports, routes and folders are other ones than in the cluster."""

    def __init__(self, machine: Machine, *, servers: int = 3) -> None:
        needed("nats-server", "nats", "jq")
        self.machine = machine
        self.environment = "production" if servers == 3 else "local"
        self.ports = [free_port() for _ in range(servers)]
        self._routes = [free_port() for _ in range(servers)]
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        machine.folders("tmp", "var/run/nats")
        for number in range(servers):
            self.start(number)
        # a question that nobody leads is not answered, and waiting for that takes long
        ready = "cluster new metadata leader" if servers == 3 else "Server is ready"
        assert eventually(lambda: ready in machine.log(), 60), machine.log()
        assert eventually(lambda: self.answers("INFO", {}), 60), machine.log()

    def start(self, number: int) -> None:
        """Starts a server on what it stored before."""
        machine, text = self.machine, conf_of(self.environment)
        machine.folders(f"data{number}")
        changed = {
            "port: 4222": f"port: {self.ports[number]}",
            "http_port: 8222": f"http_port: {free_port()}",
            "store_dir: /data": f"store_dir: {machine.folder}/data{number}",
            "max_file_store: ": "max_file_store: 5GiB #",
        }
        if len(self.ports) == 3:
            changed |= {"port: 6222": f"port: {self._routes[number]}"}
            changed |= {
                f"nats://nats-{i}.nats-headless:6222": f"nats://127.0.0.1:{p}" for i, p in enumerate(self._routes)
            }
        conf = machine.write(f"/etc/nats/{number}.conf", text, changed)
        env = environment_of(server_of(self.environment), f"nats-{number}")
        self._running[number] = machine.start(["nats-server", "--config", str(conf)], env)

    def kill(self, number: int) -> None:
        """Ends a server at once."""
        self._running[number].kill()
        self._running[number].wait()

    def call(self, call: str, body: dict[str, Any], *, user: str = "control-plane", server: int = 0) -> dict[str, Any]:
        """One request to JetStream's API."""
        return jetstream(self.ports[server], user, PASSWORD[user], call, body)

    def answers(self, call: str, body: dict[str, Any]) -> bool:
        """Whether the API answers, without an error."""
        try:
            return "error" not in self.call(call, body)
        except (OSError, AssertionError):
            return False

    def env(self, user: str, server: int = 0, **more: str) -> dict[str, str]:
        """What a rendered container of this user is told."""
        password = PASSWORDS[user.upper().replace("-", "_")]
        return {"NATS_URL": f"nats://{user}:{password}@127.0.0.1:{self.ports[server]}", "STREAM": "LOOM", **more}

    def nats(self, *arguments: str, user: str = "control-plane") -> subprocess.CompletedProcess[str]:
        """Runs the command line."""
        return self.machine.run(["nats", *arguments], self.env(user))

    def publish(self, subject: str, count: int, user: str = "control-plane") -> None:
        """Publishes messages and waits until each is stored."""
        done = self.nats(
            "--timeout",
            "20s",
            "publish",
            "--jetstream",
            "--quiet",
            "--count",
            str(count),
            subject,
            "m{{Count}}",
            user=user,
        )
        assert done.returncode == 0, done.stderr

    def state(self) -> dict[str, Any]:
        """What the stream holds."""
        state: dict[str, Any] = self.call("STREAM.INFO.LOOM", {})["state"]
        return state


def script(machine: Machine, config: str, file: str, environment: str = "production") -> str:
    """Writes a script of a rendered ConfigMap, with this machine's paths; returns where it lies."""
    data = next(o for o in objects(environment) if o["metadata"]["name"] == config and o["kind"] == "ConfigMap")["data"]
    path = machine.write(f"/etc/{config}/{file}", data[file])
    return str(path)


def rendered(kind: str, name: str, environment: str = "production") -> dict[str, Any]:
    """A rendered object; a Job's name goes on with a hash."""
    return next(
        o
        for o in objects(environment)
        if o["kind"] == kind and re.fullmatch(f"{name}(-[0-9a-f]{{8}})?", o["metadata"]["name"])
    )


def variables(workload: Mapping[str, Any], name: str, machine: Machine) -> dict[str, str]:
    """The literal variables of a container, with this machine's paths."""
    listed: Sequence[Mapping[str, Any]] = container(workload, name)["env"]
    return {v["name"]: machine.local(" " + v["value"]).strip() for v in listed if "value" in v}
