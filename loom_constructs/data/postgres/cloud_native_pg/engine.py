"""The engine CloudNativePG: an operator runs several servers, of which one takes over when another one fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cdk8s import Size

from ....kubernetes import Claim, Cpu, PodOptions, Resources, checks
from ....kubernetes.image import numbers, pinned
from ....kubernetes.quantities import at_least_size
from ....traffic import Endpoint, SslMode
from ..budget import RESERVED_CONNECTIONS
from ..database import Database
from ..served import user_of
from .operator import CloudNativePgOperator
from .recovery import Recovery
from .store import BarmanBackup


class Synchronous(StrEnum):
    """What a commit waits for."""

    NONE = "none"
    """For the primary's own disk. A failover may lose what was committed last."""

    PREFERRED = "preferred"
    """For one standby too, as long as there is one: writes go on without any, and are then at risk."""

    REQUIRED = "required"
    """For one standby too: without any, writes wait. Nothing that was committed is lost with the primary."""


class Spread(StrEnum):
    """Whether two instances may share a zone (`topology_key`)."""

    PREFERRED = "preferred"
    """If there is no other way."""

    REQUIRED = "required"
    """Never: an instance without a zone of its own stays pending."""


def _storage() -> Claim:
    return Claim(Size.gibibytes(10))


def _resources() -> Resources:
    return Resources(
        cpu=Cpu.millis(500), memory=Size.gibibytes(2), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(2)
    )


@dataclass(frozen=True, kw_only=True)
class CloudNativePg:
    """A `Cluster` of CloudNativePG 1.27 or newer, with its roles, `Database`s and backups.

    The operator must be there, and for `backup` and `recovery` the plugin `barman-cloud` too.

    Args:
        api_server: `Endpoint.api_server(...)`, for network policies: each instance reports there.
        instances: One, or three and more: with two, none may be lost while commits wait for a standby.
        image: CloudNativePG's, not the official one. Another major version is an upgrade that the operator does.
        client_image: The official image of the same major version, for waits, dumps and restores.
        user: The user id of that image's `postgres`; without it, 70 for an alpine tag and 999 for any other tag.
        storage: A volume for each instance; it can grow and never shrink.
        wal_storage: One more for the log of changes, so that neither fills the other's disk; it cannot be taken away.
        resources: Of each instance. Parameters are derived from the memory limit.
        max_connections: Of all clients together; checked against the declared calls at synthesis.
        synchronous: What a commit waits for.
        topology_key: The label of nodes that tells zones apart.
        spread: Whether two instances may share one.
        tls: What clients insist on. The operator makes the authority (Secret `<name>-ca`); plain connections are
            refused, except with `SslMode.DISABLE`.
        backup: Base backups and the log of changes in a bucket: the way back to any moment.
        recovery: The backup that a new cluster starts from.
        operator: Where CloudNativePG runs.
        pod: Of what `PodOptions` has: annotations, labels, node selection, tolerations, pull secrets, priority class.
    """

    api_server: Endpoint
    instances: int = 3
    image: str = "ghcr.io/cloudnative-pg/postgresql:18.4-system-trixie"
    client_image: str = "postgres:18.6-trixie"
    user: int | None = None
    storage: Claim = field(default_factory=_storage)
    wal_storage: Claim | None = None
    resources: Resources = field(default_factory=_resources)
    max_connections: int = 200
    synchronous: Synchronous = Synchronous.PREFERRED
    topology_key: str = "topology.kubernetes.io/zone"
    spread: Spread = Spread.REQUIRED
    tls: SslMode = SslMode.VERIFY_FULL
    backup: BarmanBackup | None = None
    recovery: Recovery | None = None
    operator: CloudNativePgOperator = field(default_factory=CloudNativePgOperator)
    pod: PodOptions | None = None

    def __post_init__(self) -> None:
        checks.instance("api_server", self.api_server, Endpoint)
        checks.at_least("instances", self.instances, 1)
        if self.instances == 2:
            raise checks.refuse("instances", "1, or 3 and more", 2)
        pinned("image", self.image)
        pinned("client_image", self.client_image)
        majors = [numbers(i)[:1] for i in (self.image, self.client_image)]
        if all(majors) and majors[0] != majors[1]:
            rule = f"of PostgreSQL {majors[0][0]}, as image is"
            raise checks.refuse("client_image", rule, self.client_image)
        if self.user is None:
            user_of(self.client_image)
        for argument, claim in (("storage", self.storage), ("wal_storage", self.wal_storage)):
            checks.instance(argument, claim, Claim, *([type(None)] if argument == "wal_storage" else []))
            if claim is not None:
                at_least_size(argument, claim.size, Size.gibibytes(1))
                if claim.shared:
                    raise checks.refuse(argument, "a claim that is not shared: each instance has its own", claim)
        checks.instance("resources", self.resources, Resources)
        if self.resources.memory_limit < 512:
            raise checks.refuse("resources.memory_limit", "at least 512Mi", f"{self.resources.memory_limit}Mi")
        checks.at_least("max_connections", self.max_connections, RESERVED_CONNECTIONS + 1)
        checks.one_of("synchronous", self.synchronous, list(Synchronous))
        if self.instances == 1 and self.synchronous is Synchronous.REQUIRED:
            raise checks.refuse(
                "synchronous", "none or preferred with one instance: no standby ever answers", "required"
            )
        checks.label("topology_key", self.topology_key, "")
        checks.one_of("spread", self.spread, list(Spread))
        checks.one_of("tls", self.tls, list(SslMode))
        checks.instance("backup", self.backup, BarmanBackup, type(None))
        checks.instance("recovery", self.recovery, Recovery, type(None))
        checks.instance("operator", self.operator, CloudNativePgOperator)
        checks.instance("pod", self.pod, PodOptions, type(None))
        for argument in ("env", "mounts", "containers", "init_containers", "affinity"):
            if self.pod is not None and getattr(self.pod, argument):
                rule = "empty: CloudNativePG makes these pods (`server.cluster.body` is its whole object)"
                raise checks.refuse(f"pod.{argument}", rule, getattr(self.pod, argument))

    def check(self, name: str, databases: Sequence[Database]) -> None:
        """Refuses what does not fit a cluster of this name with these databases."""
        # the operator appends to it, and an instance's name is a label: `<name>-1-full-recovery`
        checks.service_name("name", name, longest=40)
        logins: dict[str, Database] = {}
        for database in databases:
            first = logins.setdefault(database.role, database)
            if first.login != database.login:
                rule = f"that of database {first.name}: both are of role {database.role} (say owner=)"
                raise checks.refuse(f"login of database {database.name}", rule, database.login.name)
        if self.backup is None or self.recovery is None:
            return
        folder = self.backup.server_name or name
        if (self.backup.store.destination, folder) == (self.recovery.store.destination, self.recovery.server_name):
            rule = "another one than that of recovery: CloudNativePG archives into an empty folder only"
            raise checks.refuse("backup.server_name", rule, folder)
