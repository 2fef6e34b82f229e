"""The connectors service."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdk8s import Size
from constructs import Construct

from ..kubernetes import (
    LET_GO_SECONDS,
    ROLLING_UPDATE,
    Container,
    Cpu,
    EnvValue,
    Kind,
    Labels,
    Manifest,
    PodOptions,
    Probe,
    Resources,
    SecretRef,
    ServicePort,
    Volume,
    Workload,
    checks,
    config_map,
    service,
)
from ..kubernetes.image import pinned, version
from ..kubernetes.whole import whole
from ..traffic import Endpoint, Peer, Wait, Wire
from . import api, ports


@dataclass(frozen=True)
class Connector:
    """A tool that Loom may use through the connectors service.

    Args:
        id: Unique among the connectors.
        name: For people.
        type: What it is, such as `observability`.
        host: Where it runs.
        port: Where it listens.
        scheme: `http` or `https`.
        health_path: What is asked to see whether it works; without one, nothing is.
        tags: Words to find it by.
    """

    id: str
    name: str
    type: str
    host: str
    port: int
    description: str = ""
    scheme: str = "http"
    health_path: str | None = None
    tags: Sequence[str] = ()

    def __post_init__(self) -> None:
        checks.dns_label("id", self.id)
        for argument in ("name", "type", "description"):
            checks.instance(argument, getattr(self, argument), str)
        checks.instance("health_path", self.health_path, str, type(None))
        checks.texts("tags", self.tags)
        checks.dns_name("host", self.host)
        checks.port("port", self.port)
        checks.one_of("scheme", self.scheme, ("http", "https"))

    def entry(self) -> Mapping[str, object]:
        """As it stands in `connectors.yaml`."""
        return {
            "id": self.id,
            "name": self.name,
            "type": self.type,
            "mode": "local",
            "enabled": True,
            "description": self.description,
            "host": self.host,
            "port": self.port,
            "scheme": self.scheme,
            "health_check": {
                "enabled": self.health_path is not None,
                "interval": "30s",
                "timeout": "5s",
                "path": self.health_path or "/",
            },
            "tags": list(self.tags),
        }


@whole
class ConnectorsService(Construct):
    """The connectors service (Deployment and Service `connectors-service`): gRPC on 50051, GitHub webhooks on 8080.

    Args:
        image: Loom's image.
        events: NATS, such as `NatsJetStream.client("connectors")`.
        connectors: What it offers beside the built-in ones (prometheus, grafana, jaeger).
        webhook: Secret with `secret`, which GitHub signs with; a missing one holds nothing up.
        git: Secret with `github-token`; a missing one holds nothing up.
        telemetry: Where traces go, OTLP over gRPC.
        pod: What you add to the pods.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    grpc: Endpoint
    """The API `connectors.ConnectorsService`. Today's release does not serve it yet, so no client waits for it."""

    webhooks: Endpoint
    """Where GitHub posts events: `/webhook`."""

    workload: Workload
    """The Deployment."""

    service: Manifest
    """The Service."""

    config: Manifest
    """The ConfigMap with `connectors.yaml`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: str,
        events: Endpoint,
        connectors: Sequence[Connector] = (),
        webhook: SecretRef | None = None,
        git: SecretRef | None = None,
        telemetry: Endpoint | None = None,
        replicas: int = 1,
        resources: Resources | None = None,
        log_level: str = "info",
        name: str = "connectors-service",
        wait_image: str = "busybox:1.37.0",
        pod: PodOptions | None = None,
    ) -> None:
        pinned("image", image)
        pinned("wait_image", wait_image)
        checks.service_name("name", name)
        checks.instance("webhook", webhook, SecretRef, type(None))
        checks.instance("git", git, SecretRef, type(None))
        checks.instance("events", events, Endpoint)
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        events.expected("events", "nats")
        checks.at_least("replicas", replicas, 1)
        checks.one_of("log_level", log_level, ("debug", "info", "warn", "error"))
        checks.unique("connectors", (c.id for c in connectors))
        super().__init__(scope, id)

        labels = Labels("connectors-service", name, "connectors", version(image))
        entries = {"connectors": [c.entry() for c in connectors]}
        self.config = config_map(
            self,
            "config",
            name=f"{name}-config",
            labels=labels,
            # JSON is YAML, and quotes whatever people write into names
            files={"connectors.yaml": json.dumps(entries, indent=2) + "\n"},
        )
        env: dict[str, EnvValue] = {
            "GRPC_PORT": str(ports.CONNECTORS_GRPC),
            "CONFIG_PATH": "/app/config/connectors.yaml",
            "HEALTH_INTERVAL": "30s",
            "LOG_LEVEL": log_level,
            "LOG_FORMAT": "json",
        }
        if webhook is not None:
            env["GITHUB_WEBHOOK_SECRET"] = webhook.key("secret", optional=True)
        if git is not None:
            env["GITHUB_TOKEN"] = git.key("github-token", optional=True)
        server = Container(
            name="connectors-service",
            image=image,
            command=["/app/connectors-service"],
            env=env,
            ports={"grpc": ports.CONNECTORS_GRPC, "http": ports.CONNECTORS_HTTP},
            resources=resources
            or Resources(
                cpu=Cpu.millis(50),
                memory=Size.mebibytes(64),
                cpu_limit=Cpu.millis(500),
                memory_limit=Size.mebibytes(256),
            ),
            mounts={
                "/app/config": Volume.config("config", self.config.name),
                "/tmp": Volume.scratch("tmp", Size.mebibytes(64)),
            },
            # what listens in today's release and in the designed one
            startup=Probe.tcp("http", period=2, failures=60),
            readiness=Probe.tcp("http", period=10, failures=3),
            liveness=Probe.tcp("http", period=15, failures=4),
            pre_stop=["sh", "-c", f"sleep {LET_GO_SECONDS}"],
        )
        self.workload = Workload(
            self,
            "server",
            kind=Kind.DEPLOYMENT,
            labels=labels,
            containers=[server],
            user=ports.USER,
            grace=45,
            configs=[self.config],
            options=pod,
            spec={
                "replicas": replicas,
                "strategy": ROLLING_UPDATE,
            },
        )
        self.service = service(
            self,
            "service",
            workload=self.workload,
            ports={
                "grpc": ServicePort(ports.CONNECTORS_GRPC, app_protocol="kubernetes.io/h2c"),
                "http": ServicePort(ports.CONNECTORS_HTTP, app_protocol="http"),
            },
        )
        here = Peer.of(self.workload)
        self.grpc = Endpoint(
            here,
            "grpc",
            name,
            ports.CONNECTORS_GRPC,
            wire=Wire.GRPC,
            scheme="grpc",
            wait=Wait.grpc(wait_image),
            required=False,
            routes=api.CONNECTORS,
        )
        self.webhooks = Endpoint(
            here,
            "http",
            name,
            ports.CONNECTORS_HTTP,
            wire=Wire.HTTP,
            scheme="http",
            wait=Wait.http(wait_image, "/webhook", any_status=True),
            required=False,
        )
        here.calls(events)
        if telemetry is not None:
            here.calls(telemetry, env={"OTEL_ENDPOINT": telemetry.address_from(here.namespace)}, required=False)
        self.node.default_child = self.workload.manifest
