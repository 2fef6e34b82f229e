"""The container of a NATS server."""

from __future__ import annotations

from collections.abc import Mapping

from cdk8s import Size

from ..kubernetes import Container, EnvValue, PodField, Probe, Resources, Volume
from ..kubernetes.image import tag

CLIENT_PORT = 4222
CLUSTER_PORT = 6222
MONITORING_PORT = 8222

LEAVING = 5
"""Seconds until Services everywhere know that a server leaves; then it takes no new connections."""


def server_container(
    *, image: str, config: str, passwords: Mapping[str, EnvValue], resources: Resources, files: Mapping[str, Volume]
) -> Container:
    """A server that reads the ConfigMap, keeps its streams in volume `data`, and stops in lame duck mode."""
    return Container(
        name="nats",
        image=image,
        args=["--config", "/etc/nats-config/nats.conf"],
        env={
            "SERVER_NAME": PodField("metadata.name"),
            # a Go program that does not know its limit is killed before it collects its garbage
            "GOMEMLIMIT": f"{resources.memory_limit * 8 // 10}MiB",
            **passwords,
        },
        ports={"client": CLIENT_PORT, "cluster": CLUSTER_PORT, "monitoring": MONITORING_PORT},
        resources=resources,
        mounts={
            "/etc/nats-config": Volume.config("config", config),
            "/var/run/nats": Volume.scratch("pid", Size.mebibytes(1)),
            "/data": Volume("data"),
            **files,
        },
        # the full check waits until streams have caught up: up to 15 minutes after a long absence. It is asked often:
        # until it passes, a cluster of three has no server to spare
        startup=Probe.http("/healthz", "monitoring", period=2, failures=450),
        readiness=Probe.http("/healthz?js-server-only=true", "monitoring", period=10, failures=3),
        liveness=Probe.http("/healthz?js-enabled-only=true", "monitoring", period=30, failures=3),
        pre_stop=_leave(image),
    )


def _leave(image: str) -> list[str]:
    lame_duck = ["nats-server", "-sl=ldm=/var/run/nats/nats.pid"]
    # the other images have no shell: there a client that connects in the first moment is refused, and tries again
    return ["sh", "-c", f"sleep {LEAVING}; exec {' '.join(lame_duck)}"] if "alpine" in tag(image) else lame_duck
