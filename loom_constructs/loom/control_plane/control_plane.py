"""The Loom control plane."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

from cdk8s import Size
from constructs import Construct

from ...kubernetes import (
    ROLLING_UPDATE,
    Claim,
    Cpu,
    Kind,
    Labels,
    Manifest,
    PodOptions,
    Resources,
    SecretRef,
    ServicePort,
    Volume,
    Workload,
    checks,
    config_map,
    namespace_of,
    persistent_volume_claim,
    service,
)
from ...kubernetes.image import pinned, version
from ...kubernetes.values import readable
from ...kubernetes.whole import whole
from ...traffic import Endpoint, Peer, Wait, Wire
from .. import api, ports
from ..provider import LlmProvider
from .containers import ControlPlaneContainers, database_variables, git_tokens
from .files import configuration
from .migrations import Migrations

CONNECTIONS = 25
"""Database connections that one process opens at most (fixed in the program)."""


@dataclass(frozen=True)
class Ephemeral:
    """Data that goes with the pod: project clones are made again; beads and keys (`/app/data/keys`) are lost."""

    limit: Size


@dataclass(frozen=True)
class NodePorts:
    """Ports on every node, for clusters without an ingress."""

    api: int
    grpc: int

    def __post_init__(self) -> None:
        if self.api == self.grpc:
            raise checks.refuse("grpc", f"another node port than api ({self.api})", self.grpc)


@whole
class LoomControlPlane(Construct):
    """The control plane (Deployment and Service `loom`): API and web UI on 8081, gRPC on 9090.

    It waits until database and bus answer, since it looks for them only once, at start. A Job for each release runs
    `/app/loom -migrate` where the program knows that, and the init container `migrate` waits until it has succeeded.

    Args:
        image: Loom's image.
        database: PostgreSQL, usually `PgBouncer.sql`.
        migrations: The same database without a pooler in between; without it, `database`.
        psql_image: What has `psql`, to record and look up releases; without it, the image of the database's wait.
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
        node_ports: Also open on every node, and so to whoever reaches a node.
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

    migrations: Migrations
    """The Job that migrates the database for this release."""

    claim: Manifest | None
    """The PersistentVolumeClaim, unless the data is ephemeral."""

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
        psql_image: str | None = None,
        pod: PodOptions | None = None,
    ) -> None:
        pinned("image", image)
        if psql_image is not None:
            pinned("psql_image", psql_image)
        checks.at_least("replicas", replicas, 1)
        checks.at_least("max_concurrent", max_concurrent, 1)
        checks.one_of("log_level", log_level, ("debug", "info", "warn", "error"))
        # the Job's pods are named `<name>-migrate-<hash>-<hash>`
        checks.service_name("name", name, longest=46)
        pinned("wait_image", wait_image)
        checks.dns_label("temporal_namespace", temporal_namespace)
        checks.instance("secret", secret, SecretRef)
        checks.instance("git", git, SecretRef, type(None))
        checks.instance("provider", provider, LlmProvider, type(None))
        checks.instance("data", data, Claim, Ephemeral, type(None))
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        checks.instance("database", database, Endpoint)
        checks.instance("events", events, Endpoint)
        if database.login is None or database.database is None:
            raise checks.refuse("database", "a database with a login", f"{database.server.name}:{database.name}")
        for argument, endpoint, scheme in (
            ("database", database, "postgresql"),
            ("migrations", migrations, "postgresql"),
            ("events", events, "nats"),
            ("temporal", temporal, "grpc"),
            ("connectors", connectors, "grpc"),
        ):
            checks.instance(argument, endpoint, Endpoint, type(None))
            if endpoint is not None:
                endpoint.expected(argument, scheme)
                readable(argument, endpoint.login.values if endpoint.login else (), namespace_of(scope))
        if migrations is not None and migrations.database != database.database:
            raise checks.refuse("migrations", f"the same database {database.database}", migrations.database)
        if remote_connectors and connectors is None:
            raise checks.refuse("connectors", "given with remote_connectors=True", connectors)
        data = data or Claim(Size.gibibytes(10))
        if isinstance(data, Claim) and not data.shared and replicas > 1:
            raise checks.refuse(
                "replicas", "1 with a claim that one node mounts (pass a shared Claim or Ephemeral as data)", replicas
            )
        super().__init__(scope, id)
        if replicas > 1:
            warnings.warn(
                f"{self.node.path}: {replicas} replicas; in today's program the newest one takes the durable consumer "
                "from the others, so results reach one replica only, and each has beads of its own",
                stacklevel=2,
            )

        labels = Labels("loom", name, "control-plane", version(image))
        text = configuration(
            database=database.database, temporal_namespace=temporal_namespace, max_concurrent=max_concurrent
        )
        self.config = config_map(self, "config", name=f"{name}-config", labels=labels, files={"config.yaml": text})
        containers = ControlPlaneContainers(
            image=image,
            config=self.config,
            store=self._store(data, name, labels),
            beads_per_pod=replicas > 1 and isinstance(data, Claim),
            secret=secret,
            log_level=log_level,
        )
        direct = migrations or database
        self.migrations = Migrations(
            self,
            "migrations",
            name=name,
            containers=containers,
            database=direct,
            # straight to PostgreSQL they are within what that keeps free of clients
            connections=None if migrations else 2,
            psql_image=psql_image,
            pod=pod,
        )
        # two pods cannot mount an exclusive claim, nor share the beads of a shared one: the old pod goes first
        alone = isinstance(data, Claim) and replicas == 1
        self.workload = Workload(
            self,
            "server",
            kind=Kind.DEPLOYMENT,
            labels=labels,
            containers=[containers.server(name, resources or _resources(), git_tokens(git))],
            init_containers=[
                containers.home(),
                *([containers.take_turns(direct, namespace_of(self))] if replicas > 1 else []),
                self.migrations.wait(),
            ],
            user=ports.USER,
            grace=45,
            configs=[self.config],
            options=pod,
            spec={
                "replicas": replicas,
                "strategy": {"type": "Recreate"} if alone else ROLLING_UPDATE,
            },
        )
        self.service = service(
            self,
            "service",
            workload=self.workload,
            ports={
                "http": ServicePort(ports.API, node_ports.api if node_ports else None, app_protocol="http"),
                "grpc": ServicePort(
                    ports.GRPC, node_ports.grpc if node_ports else None, app_protocol="kubernetes.io/h2c"
                ),
            },
        )

        here = Peer.of(self.workload)
        self.api = Endpoint(
            here,
            "http",
            name,
            ports.API,
            wire=Wire.HTTP,
            scheme="http",
            env=lambda endpoint, host: {"CONTROL_PLANE_URL": f"http://{host}:{endpoint.port}"},
            wait=Wait.http(wait_image, "/health/live"),
            routes=api.CONTROL_PLANE,
        )
        self.grpc = Endpoint(here, "grpc", name, ports.GRPC, wire=Wire.GRPC, scheme="grpc")

        if node_ports is not None:
            anywhere = Peer.outside("anywhere")
            self.api.allow_from(anywhere)
            self.grpc.allow_from(anywhere)

        processes = replicas if alone else replicas + 1
        here.calls(
            database,
            env=database_variables(database, database.host_from(here.namespace)),
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

    def _store(self, data: Claim | Ephemeral, name: str, labels: Labels) -> Volume:
        self.claim = None
        if isinstance(data, Ephemeral):
            return Volume.scratch("data", data.limit)
        claim = f"{name}-data"
        self.claim = persistent_volume_claim(self, "data", name=claim, claim=data, labels=labels)
        return Volume.claim("data", claim)


def _resources() -> Resources:
    return Resources(
        cpu=Cpu.millis(500), memory=Size.gibibytes(1), cpu_limit=Cpu.units(4), memory_limit=Size.gibibytes(4)
    )
