"""What differs between environments: typed values, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from cdk8s import Size

from ..kubernetes import Claim, Resources, checks
from ..kubernetes.image import pinned
from ..kubernetes.quantities import notation
from ..loom import AgentRole, Connector, Ephemeral, LlmProvider, NodePorts, TemporalLayout
from ..policies import ClusterDns, Mesh, MeshMode
from ..production import ClusterSecretStore
from . import secrets

NAMES = ("local", "staging", "production")


@dataclass(frozen=True, kw_only=True)
class Images:
    """What runs. The registry of Loom's image is part of its name."""

    loom: str
    postgres: str = "postgres:15-alpine"
    pgbouncer: str = "edoburu/pgbouncer:v1.25.2-p0"
    nats: str = "nats:2.12.15-alpine"
    temporal: str = "temporalio/server:1.31.2"
    temporal_admin: str = "temporalio/admin-tools:1.31.2"
    temporal_ui: str = "temporalio/ui:2.52.0"
    busybox: str = "busybox:1.37.0"
    postgres_exporter: str = "quay.io/prometheuscommunity/postgres-exporter:v0.20.1"
    nats_exporter: str = "natsio/prometheus-nats-exporter:0.20.1"

    def __post_init__(self) -> None:
        for field in fields(self):
            pinned(f"images.{field.name}", getattr(self, field.name))


@dataclass(frozen=True, kw_only=True)
class PostgresSettings:
    """The embedded PostgreSQL."""

    storage: Claim
    resources: Resources
    max_connections: int


@dataclass(frozen=True, kw_only=True)
class BackupSettings:
    """Backups of PostgreSQL."""

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
    """The message bus."""

    replicas: int
    storage: Claim
    resources: Resources


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
        internet: Ports of public addresses that control plane and agents may reach; the connectors service only 443.
    """

    dns: ClusterDns
    internet: tuple[int, ...]


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


@dataclass(frozen=True, kw_only=True)
class Environment:
    """All that differs between two environments.

    Args:
        name: `local`, `staging` or `production`.
        reasons: Why each value is what it is, by its dotted name; none may be missing.

    Raises:
        ValueError: The name is unknown, a reason is missing, or one is given for nothing.
    """

    name: str
    namespace: str
    images: Images
    postgres: PostgresSettings
    backup: BackupSettings | None
    pgbouncer: PgBouncerSettings
    nats: NatsSettings
    temporal: TemporalSettings
    control_plane: ControlPlaneSettings
    connectors: ConnectorsSettings
    agents: AgentSettings
    provider: LlmProvider | None
    secret_store: ClusterSecretStore | None
    stored_secrets: tuple[str, ...]
    ingress: PublicIngress | None
    network: NetworkSettings
    mesh: MeshSettings
    monitoring: MonitoringSettings | None
    log_level: str
    reasons: Mapping[str, str]

    def __post_init__(self) -> None:
        checks.one_of("name", self.name, NAMES)
        checks.dns_label("namespace", self.namespace)
        optional = [s.name for s in secrets.OPTIONAL]
        for name in self.stored_secrets:
            checks.one_of("stored_secrets", name, optional)
        expected = {name for name, _ in self.values()}
        if missing := sorted(expected - set(self.reasons)):
            raise checks.refuse("reasons", f"given for every value, also for {missing[0]}", sorted(self.reasons))
        if stray := sorted(set(self.reasons) - expected):
            raise checks.refuse("reasons", "given for values that exist", stray)

    def values(self) -> Iterator[tuple[str, str]]:
        """Every value by its dotted name, as text."""
        for field in fields(self):
            if field.name not in ("name", "reasons"):
                yield from _leaves(field.name, getattr(self, field.name))


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    settings = value.__class__.__name__.endswith("Settings") or isinstance(value, Images)
    if settings:
        for field in fields(value):
            yield from _leaves(f"{name}.{field.name}", getattr(value, field.name))
    else:
        yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, Size):
        return notation(value)
    if isinstance(value, Resources):
        return f"{value.cpu.amount}/{value.memory}Mi to {value.cpu_limit.amount}/{value.memory_limit}Mi"
    if isinstance(value, Claim):
        kind = " shared" if value.shared else ""
        return f"{notation(value.size)}{kind}, class {value.storage_class or 'of the cluster'}"
    if isinstance(value, LlmProvider):
        return f"{value.url} {value.model}"
    if isinstance(value, Mapping):
        return " ".join(f"{k}={v}" for k, v in value.items())
    if isinstance(value, tuple):
        return ", ".join(_text(v) for v in value) or "none"
    if is_dataclass(value):
        return ", ".join(f"{f.name} {_text(getattr(value, f.name))}" for f in fields(value))
    return "none" if value is None else str(getattr(value, "value", value))
