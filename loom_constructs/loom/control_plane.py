"""The Loom control plane."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cdk8s import Size
from constructs import Construct

from ..kubernetes import (
    Claim,
    Container,
    Cpu,
    EnvValue,
    Kind,
    Labels,
    Manifest,
    Mount,
    PodField,
    PodOptions,
    Probe,
    Resources,
    SecretRef,
    ServicePort,
    Volume,
    Workload,
    config_map,
    service,
)
from ..kubernetes import checks
from ..kubernetes.image import pinned, version
from ..traffic import Endpoint, Peer, Wait, Wire
from . import ports
from .control_plane_files import HOME, MIGRATE, configuration
from .provider import LlmProvider

CONNECTIONS = 25
"""Database connections that one process opens at most (fixed in the program)."""


@dataclass(frozen=True)
class Ephemeral:
    """Data that goes with the pod: project clones are made again, keys under `/app/data/keys` are lost."""

    limit: Size


@dataclass(frozen=True)
class NodePorts:
    """Ports on every node, for clusters without an ingress."""

    api: int
    grpc: int


class LoomControlPlane(Construct):
    """The control plane (Deployment and Service `loom`): API and web UI on 8081, gRPC on 9090.

    It waits until database and bus answer, since it looks for them only once, at start. The init container `migrate`
    runs `/app/loom -migrate` where the program knows that, and otherwise checks what it can.

    Args:
        image: Loom's image.
        database: PostgreSQL, usually `PgBouncer.sql`.
        migrations: The same database without a pooler in between; without it, `database`.
        events: NATS, such as `NatsJetStream.client("control-plane")`.
        secret: Secret with `password` (the admin's) and `jwt-secret` (32 bytes or more). Do not rotate `password`
            lightly: it unlocks the key store on `/app/data`.
        temporal: Where workflows run; without it, none do.
        connectors: The connectors service; it may be called.
        remote_connectors: Whether connectors run in that service and no longer in this process. Only for releases
            whose connectors service serves gRPC.
        provider: The language model.
        telemetry: Where traces go, OTLP over gRPC.
        git: Secret with `github-token` and `gitlab-token`; missing ones hold nothing up.
        data: Where project clones, keys and beads lie: a claim (one replica), a shared claim, or `Ephemeral`.
        replicas: More than one share one durable consumer in today's program; see docs/constructs/control-plane.md.
        node_ports: Also open on every node.
        max_concurrent: Agents that work at the same time (`agents.max_concurrent`).
        log_level: `debug`, `info`, `warn` or `error`.
        pod: What you add to the pods.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    api: Endpoint
    """HTTP: API, web UI, `/metrics`."""

    grpc: Endpoint
    """gRPC."""

    workload: Workload
    """The Deployment."""

    service: Manifest
    """The Service."""

    config: Manifest
    """The ConfigMap with `config.yaml`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: str,
        database: Endpoint,
        events: Endpoint,
        secret: SecretRef,
        migrations: Endpoint | None = None,
        temporal: Endpoint | None = None,
        temporal_namespace: str = "default",
        connectors: Endpoint | None = None,
        remote_connectors: bool = False,
        provider: LlmProvider | None = None,
        telemetry: Endpoint | None = None,
        git: SecretRef | None = None,
        data: Claim | Ephemeral | None = None,
        replicas: int = 1,
        node_ports: NodePorts | None = None,
        max_concurrent: int = 10,
        resources: Resources | None = None,
        log_level: str = "info",
        name: str = "loom",
        wait_image: str = "busybox:1.37.0",
        pod: PodOptions | None = None,
    ) -> None:
        pinned("image", image)
        checks.at_least("replicas", replicas, 1)
        checks.at_least("max_concurrent", max_concurrent, 1)
        checks.one_of("log_level", log_level, ("debug", "info", "warn", "error"))
        if not isinstance(secret, SecretRef):
            raise checks.refuse("secret", "a SecretRef", secret)
        if database.login is None or database.database is None:
            raise checks.refuse("database", "a database with a login", f"{database.server.name}:{database.name}")
        if remote_connectors and connectors is None:
            raise checks.refuse("connectors", "given with remote_connectors=True", connectors)
        data = data or Claim(Size.gibibytes(10))
        exclusive = isinstance(data, Claim) and not data.shared
        if exclusive and replicas > 1:
            raise checks.refuse(
                "replicas", "1 with a claim that one node mounts (pass a shared Claim or Ephemeral as data)", replicas
            )
        super().__init__(scope, id)
        if replicas > 1:
            warnings.warn(
                f"{self.node.path}: {replicas} replicas; in today's program the newest one takes the durable consumer "
                "from the others, so results reach one replica only",
                stacklevel=2,
            )
        resources = resources or Resources(
            cpu=Cpu.millis(500), memory=Size.gibibytes(1), cpu_limit=Cpu.units(4), memory_limit=Size.gibibytes(4)
        )

        labels = Labels("loom", name, "control-plane", version(image))
        text = configuration(
            database=database.database, temporal_namespace=temporal_namespace, max_concurrent=max_concurrent
        )
        self.config = config_map(self, "config", name=f"{name}-config", labels=labels, files={"config.yaml": text})
        home = Volume.scratch("home", Size.mebibytes(64))
        mounts: dict[str, Volume | Mount] = {
            "/app/config.yaml": Volume.config("config", self.config.name).at("config.yaml"),
            "/tmp": Volume.scratch("tmp", Size.gibibytes(1)),
        }
        store = self._data(data, name, labels)
        common: dict[str, EnvValue] = {
            "LOOM_PASSWORD": secret.key("password"),
            "JWT_SECRET": secret.key("jwt-secret"),
            "CONFIG_PATH": "/app/config.yaml",
            "LOG_LEVEL": log_level,
            "LOG_FORMAT": "json",
        }
        server = Container(
            name="loom",
            image=image,
            env={
                **common,
                "LOOM_SERVICE_ID": name,
                "LOOM_INSTANCE_ID": PodField("metadata.name"),
                **_git_tokens(git),
            },
            ports={"http": ports.API, "grpc": ports.GRPC},
            resources=resources,
            mounts={
                **mounts,
                "/app/data": store.at("data"),
                "/app/.beads": store.at("beads"),
                "/app/.cache": Volume.scratch("cache", Size.gibibytes(1)),
                "/home/loom": home,
            },
            startup=Probe.http("/health/live", "http", period=5, failures=60),
            # the program gives its database five seconds to answer
            readiness=Probe.http("/health/ready", "http", period=10, timeout=6, failures=3),
            # never /health: that is 503 as soon as anything that Loom uses is down
            liveness=Probe.http("/health/live", "http", period=15, timeout=5, failures=4),
            # the Service lets go first; then the program drains HTTP for 10 s and the bus for 5 s
            pre_stop=["sh", "-c", "sleep 5"],
        )
        direct = migrations or database
        migrate = Container(
            name="migrate",
            image=image,
            command=["sh", "-c", MIGRATE],
            env={**common, "TEMPORAL_HOST": "", **_database_variables(direct, direct.host)},
            resources=Resources(
                cpu=Cpu.millis(50), memory=Size.mebibytes(64), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(256)
            ),
            mounts=mounts,
        )
        fill_home = Container(
            name="home",
            image=image,
            command=["sh", "-c", HOME],
            resources=Resources.small(),
            mounts={"/mnt/home": home},
        )
        self.workload = Workload(
            self, "server",
            kind=Kind.DEPLOYMENT,
            labels=labels,
            containers=[server],
            init_containers=[fill_home, migrate],
            user=ports.USER,
            grace=45,
            configs=[self.config],
            options=pod,
            spec={
                "replicas": replicas,
                # two pods cannot mount an exclusive claim: the old one goes first
                "strategy": {"type": "Recreate"}
                if exclusive
                else {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            },
        )  # fmt: skip
        self.service = service(
            self, "service",
            workload=self.workload,
            ports={
                "http": ServicePort(ports.API, node_ports and node_ports.api, app_protocol="http"),
                "grpc": ServicePort(ports.GRPC, node_ports and node_ports.grpc, app_protocol="kubernetes.io/h2c"),
            },
        )  # fmt: skip

        here = Peer.of(self.workload)
        self.api = Endpoint(
            here, "http", name, ports.API,
            wire=Wire.HTTP,
            env=lambda endpoint, host: {"CONTROL_PLANE_URL": f"http://{host}:{endpoint.port}"},
            wait=Wait.http(wait_image, "/health/live"),
        )  # fmt: skip
        self.grpc = Endpoint(here, "grpc", name, ports.GRPC, wire=Wire.GRPC)

        processes = replicas if exclusive else replicas + 1
        here.calls(
            database,
            env=_database_variables(database, database.host_from(here.namespace)),
            connections=processes * CONNECTIONS,
        )
        if migrations is not None and migrations != database:
            here.calls(replace(migrations, wait=None), env={})
        here.calls(events)
        if temporal is not None:
            where = temporal.address_from(here.namespace)
            here.calls(temporal, env={"TEMPORAL_HOST": where, "TEMPORAL_NAMESPACE": temporal_namespace})
        if connectors is not None:
            where = connectors.address_from(here.namespace)
            if remote_connectors:
                here.calls(connectors, env={"CONNECTORS_SERVICE_ADDR": where})
            else:
                here.calls(replace(connectors, wait=None), env={})
        if provider is not None:
            here.calls(
                provider.endpoint,
                env={"LOOM_PROVIDER_URL": provider.url, "LOOM_PROVIDER_API_KEY": provider.api_key},
            )
        if telemetry is not None:
            where = f"http://{telemetry.address_from(here.namespace)}"
            here.calls(telemetry, env={"OTEL_EXPORTER_OTLP_ENDPOINT": where}, required=False)
        self.node.default_child = self.workload.manifest

    def _data(self, data: Claim | Ephemeral, name: str, labels: Labels) -> Volume:
        if isinstance(data, Ephemeral):
            return Volume.scratch("data", data.limit)
        claim = f"{name}-data"
        Manifest(
            self,
            "data",
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": data.spec()},
            name=claim,
            labels=labels.selector,
        )
        return Volume.claim("data", claim)


def _database_variables(database: Endpoint, host: str) -> Mapping[str, EnvValue]:
    env: dict[str, EnvValue] = {
        "DB_TYPE": "postgres",
        "POSTGRES_HOST": host,
        "POSTGRES_PORT": str(database.port),
        "POSTGRES_DB": database.database or "",
        "POSTGRES_SSLMODE": "disable",
    }
    if database.login:
        password = database.login.password
        env |= {"POSTGRES_USER": database.login.username, "POSTGRES_PASSWORD": password, "PGPASSWORD": password}
    return env


def _git_tokens(git: SecretRef | None) -> Mapping[str, EnvValue]:
    if git is None:
        return {}
    return {
        "GITHUB_TOKEN": git.key("github-token", optional=True),
        "GITLAB_TOKEN": git.key("gitlab-token", optional=True),
    }
