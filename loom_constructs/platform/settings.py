"""The typed values of environments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

from cdk8s import Duration, Size

from ..data import Bucket, ExternalPostgres, Spread, Synchronous
from ..kubernetes import Claim, Resources, SecretKey, checks
from ..kubernetes.image import pinned, registry_prefix
from ..loom import AgentRole, Connector, Ephemeral, NodePorts, TemporalLayout
from ..policies import ClusterDns, Mesh, MeshMode
from ..production import AdmissionMode, ZoneSpread


@dataclass(frozen=True, kw_only=True)
class Images:
    """What runs. The registry of Loom's image is part of its name."""

    loom: str
    postgres: str = "postgres:15-alpine"
    pgbouncer: str = "edoburu/pgbouncer:v1.25.2-p0"
    nats: str = "nats:2.12.15-alpine"
    nats_box: str = "natsio/nats-box:0.19.7"
    temporal: str = "temporalio/server:1.31.2"
    temporal_admin: str = "temporalio/admin-tools:1.31.2"
    temporal_ui: str = "temporalio/ui:2.52.0"
    busybox: str = "busybox:1.37.0"
    rclone: str = "rclone/rclone:1.75.1"
    postgres_exporter: str = "quay.io/prometheuscommunity/postgres-exporter:v0.20.1"
    nats_exporter: str = "natsio/prometheus-nats-exporter:0.20.1"

    def __post_init__(self) -> None:
        for each in fields(self):
            pinned(f"images.{each.name}", getattr(self, each.name))


class Digests(StrEnum):
    """What becomes of the lock of images."""

    IGNORED = "ignored"
    """Tags, whatever they are today."""

    KNOWN = "where known"
    """What the lock knows is pinned."""

    REQUIRED = "required"
    """What is not pinned is refused, unless it is allowed by name."""


@dataclass(frozen=True, kw_only=True)
class ImageLockSettings:
    """How images are pinned, and where they come from.

    Args:
        allow_unresolved: Images that may run by their tag though digests are required, as `Images` names them.
        registry: A mirror of all images, which replaces their registries.
    """

    digests: Digests
    allow_unresolved: tuple[str, ...] = ()
    registry: str | None = None

    def __post_init__(self) -> None:
        checks.one_of("image_lock.digests", self.digests, list(Digests))
        for image in self.allow_unresolved:
            pinned("image_lock.allow_unresolved", image)
        if self.registry is not None:
            registry_prefix("image_lock.registry", self.registry)


@dataclass(frozen=True, kw_only=True)
class WorkloadSettings:
    """What all workloads have in common.

    Args:
        spread: How their pods lie on zones.
        budgets: Whether those of two pods or more have a disruption budget.
        min_ready: Seconds that a new pod must be ready before the next one is replaced.
    """

    spread: ZoneSpread | None
    budgets: bool
    min_ready: int | None


@dataclass(frozen=True, kw_only=True)
class StatefulSetSettings:
    """The embedded engine: one server.

    Args:
        folder: Of the data, on the claim; a new major version gets another one.
    """

    folder: str = "pgdata"


@dataclass(frozen=True, kw_only=True)
class CloudNativePgSettings:
    """Several servers, run by CloudNativePG.

    Args:
        backups: The bucket, such as `s3://bucket/folder`; its keys are in Secret `loom-object-store`.
        backup_schedule: Of base backups: six fields of cron, seconds first.
        retention: How far back one can go.
    """

    image: str
    instances: int
    wal_storage: Claim
    synchronous: Synchronous
    spread: Spread
    backups: str
    backup_schedule: str
    retention: str
    endpoint_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class PostgresSettings:
    """PostgreSQL.

    Args:
        engine: Who runs it.
    """

    storage: Claim
    resources: Resources
    max_connections: int
    engine: StatefulSetSettings | CloudNativePgSettings | ExternalPostgres = field(default_factory=StatefulSetSettings)


@dataclass(frozen=True, kw_only=True)
class BackupSettings:
    """Backups of PostgreSQL."""

    storage: Claim | Bucket
    keep: int
    encryption: SecretKey | None = None


@dataclass(frozen=True, kw_only=True)
class ArchiveSettings:
    """The log of PostgreSQL and base backups, for a restore to a moment."""

    storage: Claim
    keep: int


@dataclass(frozen=True, kw_only=True)
class PgBouncerSettings:
    """The pooler."""

    replicas: int
    pool_size: int
    max_client_conn: int


@dataclass(frozen=True, kw_only=True)
class NatsSettings:
    """The message bus.

    Args:
        check_every: How often somebody looks whether the stream has its replicas.
        backup: The claim for backups of the stream.
    """

    replicas: int
    storage: Claim
    resources: Resources
    check_every: Duration | None
    backup: Claim | None


@dataclass(frozen=True, kw_only=True)
class TemporalSettings:
    """The workflow engine."""

    layout: TemporalLayout
    replicas: int
    history_shards: int
    connections: int
    resources: Resources
    ui: bool


@dataclass(frozen=True, kw_only=True)
class ControlPlaneSettings:
    """The control plane."""

    replicas: int
    resources: Resources
    data: Claim | Ephemeral
    node_ports: NodePorts | None = None
    remote_connectors: bool = False


@dataclass(frozen=True, kw_only=True)
class ConnectorsSettings:
    """The connectors service."""

    replicas: int
    connectors: tuple[Connector, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """The agents."""

    project: str
    roles: tuple[AgentRole, ...]
    resources: Resources
    workspace: Size


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """What is around the pods.

    Args:
        api_server: Addresses of the API server, for programs that an operator runs; nothing of Loom calls it.
        internet: Ports of public addresses that control plane and agents may reach; the connectors service only 443.
    """

    dns: ClusterDns
    internet: tuple[int, ...]
    api_server: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MeshSettings:
    """Linkerd."""

    mode: MeshMode
    viz: bool
    proxy: Resources

    @property
    def mesh(self) -> Mesh:
        """As policies take it."""
        return Mesh(self.mode, viz=self.viz, proxy=self.proxy)


@dataclass(frozen=True, kw_only=True)
class AdmissionSettings:
    """What the API server refuses: images without a digest too, where `image_lock` requires them.

    Args:
        add_on: Whether it is applied on its own, from a folder of its own.
    """

    mode: AdmissionMode
    add_on: bool


@dataclass(frozen=True, kw_only=True)
class Prometheus:
    """A Prometheus that its operator runs.

    Args:
        account: The ServiceAccount of its pods.
        meshed: Whether its pods are in the mesh.
        selects: Labels by which it selects rules and monitors, if it does.
    """

    namespace: str
    labels: Mapping[str, str]
    account: str
    meshed: bool
    selects: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class MonitoringSettings:
    """What is measured, and who is told.

    Args:
        prometheus: Who scrapes and alerts; without it there are exporters only.
        runbooks: Where the folder `docs/runbooks` is served.
    """

    prometheus: Prometheus | None
    runbooks: str


@dataclass(frozen=True, kw_only=True)
class QuotaSettings:
    """How much the namespace may use, and who goes first; amounts follow from what is rendered.

    Args:
        headroom: Percent beyond that.
        default: What containers get that say nothing.
    """

    headroom: int
    default: Resources


@dataclass(frozen=True, kw_only=True)
class PublicIngress:
    """How people come in.

    Args:
        controller_account: The ServiceAccount of a controller that is meshed; without it, it is not.
    """

    host: str
    class_name: str
    issuer: str
    controller_namespace: str
    controller_labels: Mapping[str, str]
    controller_account: str | None
    annotations: Mapping[str, str]
