"""Temporal's web UI."""

from __future__ import annotations

from cdk8s import Size
from constructs import Construct

from ...kubernetes import (
    Container,
    Cpu,
    Kind,
    Labels,
    Manifest,
    PodOptions,
    Probe,
    Resources,
    ServicePort,
    Volume,
    Workload,
    service,
)
from ...kubernetes.image import version
from ...traffic import Endpoint, Peer, Wire
from .roles import USER

PORT = 8080


class TemporalUi(Construct):
    """The web UI (Deployment and Service). Made by `Temporal`; it has no login of its own, so let nobody in unasked."""

    http: Endpoint
    """Where browsers connect."""

    workload: Workload
    """The Deployment."""

    service: Manifest
    """The Service."""

    def __init__(
        self, scope: Construct, id: str, *, name: str, image: str, frontend: Endpoint, pod: PodOptions | None
    ) -> None:
        super().__init__(scope, id)
        container = Container(
            name="ui",
            image=image,
            ports={"http": PORT},
            resources=Resources(
                cpu=Cpu.millis(20),
                memory=Size.mebibytes(64),
                cpu_limit=Cpu.millis(500),
                memory_limit=Size.mebibytes(128),
            ),
            mounts={"/tmp": Volume.scratch("tmp", Size.mebibytes(64))},
            startup=Probe.http("/healthz", "http", period=2, failures=60),
            readiness=Probe.http("/healthz", "http", period=10),
            liveness=Probe.http("/healthz", "http", period=20),
        )
        self.workload = Workload(
            self,
            "server",
            kind=Kind.DEPLOYMENT,
            labels=Labels("temporal-ui", name, "workflows", version(image)),
            containers=[container],
            user=USER,
            spec={"replicas": 1},
            options=pod,
        )
        self.service = service(
            self, "service", workload=self.workload, ports={"http": ServicePort(PORT, app_protocol="http")}
        )
        here = Peer.of(self.workload)
        self.http = Endpoint(here, "http", name, PORT, wire=Wire.HTTP)
        here.calls(frontend)
        self.node.default_child = self.workload.manifest
