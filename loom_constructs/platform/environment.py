"""What differs between environments: typed values, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from cdk8s import Duration, Size

from ..data import Bucket
from ..kubernetes import Claim, ImageLock, PodOptions, Resources, SecretKey, SecretRef, checks
from ..kubernetes.quantities import notation
from ..loom import LlmProvider
from ..production import ClusterSecretStore
from . import locked, secrets
from .priority import Priority
from .settings import (
    AdmissionSettings,
    AgentSettings,
    ArchiveSettings,
    BackupSettings,
    ConnectorsSettings,
    ControlPlaneSettings,
    ImageLockSettings,
    Images,
    MeshSettings,
    MonitoringSettings,
    NatsSettings,
    NetworkSettings,
    PgBouncerSettings,
    PostgresSettings,
    PublicIngress,
    QuotaSettings,
    StatefulSetSettings,
    TemporalSettings,
    WorkloadSettings,
)

NAMES = ("local", "staging", "production")


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
    workloads: WorkloadSettings
    image_lock: ImageLockSettings
    postgres: PostgresSettings
    backup: BackupSettings | None
    archive: ArchiveSettings | None
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
    admission: AdmissionSettings
    quotas: QuotaSettings | None
    log_level: str
    reasons: Mapping[str, str]

    def __post_init__(self) -> None:
        checks.one_of("name", self.name, NAMES)
        checks.dns_label("namespace", self.namespace)
        optional = [s.name for s in secrets.OPTIONAL]
        for name in self.stored_secrets:
            checks.one_of("stored_secrets", name, optional)
        if self.archive is not None and not isinstance(self.postgres.engine, StatefulSetSettings):
            raise checks.refuse("archive", "None without StatefulSetSettings as postgres.engine", self.archive)
        expected = {name for name, _ in self.values()}
        if missing := sorted(expected - set(self.reasons)):
            raise checks.refuse("reasons", f"given for every value, also for {missing[0]}", sorted(self.reasons))
        if stray := sorted(set(self.reasons) - expected):
            raise checks.refuse("reasons", "given for values that exist", stray)

    @property
    def required_secrets(self) -> Mapping[SecretRef, Mapping[str, secrets.Entry]]:
        """The Secrets without which it does not start, with their entries."""
        archive = secrets.FOR_ARCHIVE if self.archive else {}
        return {**secrets.REQUIRED, **archive, **(secrets.FOR_MONITORING if self.monitoring else {})}

    def locked(self, lock: ImageLock) -> Environment:
        """The same with its images pinned by their digests, as far as `image_lock` wants them and the lock knows them.

        Raises:
            ValueError: Two images have one name in the mirror.
        """
        return locked.locked(self, lock)

    def pods(self, priority: Priority) -> PodOptions:
        """What pods of this priority say."""
        return PodOptions(priority_class=priority.class_name(self.namespace) if self.quotas else None)

    def values(self) -> Iterator[tuple[str, str]]:
        """Every value by its dotted name, as text."""
        for each in fields(self):
            if each.name not in ("name", "reasons"):
                yield from _leaves(each.name, getattr(self, each.name))


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    settings = value.__class__.__name__.endswith("Settings") or isinstance(value, Images)
    if settings:
        for each in fields(value):
            if each.name == "allow_unresolved":
                # each exception has its own reason
                yield from _exceptions(f"{name}.{each.name}", getattr(value, each.name))
                continue
            yield from _leaves(f"{name}.{each.name}", getattr(value, each.name))
    else:
        yield name, _text(value)


def _exceptions(name: str, images: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    yield from ((f"{name}.{image}", "allowed") for image in images)
    if not images:
        yield name, "none"


def _text(value: Any) -> str:
    if isinstance(value, Size):
        return notation(value)
    if isinstance(value, Resources):
        return f"{value.cpu.amount}/{value.memory}Mi to {value.cpu_limit.amount}/{value.memory_limit}Mi"
    if isinstance(value, Claim):
        kind = " shared" if value.shared else ""
        return f"{notation(value.size)}{kind}, class {value.storage_class or 'of the cluster'}"
    if isinstance(value, Duration):
        return str(value.to_human_string())
    if isinstance(value, Bucket):
        return f"bucket {value.name}/{value.prefix}, {value.region or value.store.host}"
    if isinstance(value, SecretKey):
        return f"Secret {value.secret.name}, {value.key}"
    if isinstance(value, LlmProvider):
        return f"{value.url} {value.model}"
    if isinstance(value, Mapping):
        return " ".join(f"{k}={v}" for k, v in value.items())
    if isinstance(value, tuple):
        return ", ".join(_text(v) for v in value) or "none"
    if is_dataclass(value):
        return ", ".join(f"{f.name} {_text(getattr(value, f.name))}" for f in fields(value))
    return "none" if value is None else str(getattr(value, "value", value))
