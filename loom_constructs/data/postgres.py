"""PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import jsii
from cdk8s import Size
from constructs import Construct, IValidation

from ..kubernetes import (
    Claim,
    Container,
    Cpu,
    EnvValue,
    Kind,
    Labels,
    Login,
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
from ..kubernetes.image import pinned, tag, version
from ..kubernetes.quantities import at_least_size, mebibytes
from ..kubernetes.whole import whole
from ..traffic import Endpoint, Peer, Wait, calls_in, libpq_variables
from .postgres_files import HBA, configuration, prepare_script

PORT = 5432
CONFIG = "/etc/postgresql"
VOLUME = "/var/lib/postgresql/data"
PGDATA = f"{VOLUME}/pgdata"  # a sub-folder: the root of a volume may hold lost+found, which initdb refuses

_RESERVED_NAMES = ("postgres", "template0", "template1", "pgbouncer")  # the last one is PgBouncer's own
RESERVED_CONNECTIONS = 3 + 3 + 4
"""Kept free of clients: superuser_reserved_connections, the metrics exporter, and backup, drill and migration."""


@dataclass(frozen=True)
class Database:
    """A database and the role that owns it and logs in to it.

    Args:
        name: Of the database.
        login: Secret with `username` and `password` of the role. A new password is set when the server restarts.
    """

    name: str
    login: SecretRef

    def __post_init__(self) -> None:
        checks.sql_identifier("database", self.name)
        if self.name in _RESERVED_NAMES:
            raise checks.refuse("database", "another name than " + ", ".join(_RESERVED_NAMES), self.name)
        checks.instance(f"login of database {self.name}", self.login, SecretRef)


@whole
@jsii.implements(IValidation)
class PostgresCluster(Construct):
    """One PostgreSQL server (StatefulSet) on its own volume, with databases and roles, behind a headless Service.

    Before each start an init container makes what is missing: the data directory (complete, or not at all), roles and
    databases. So a database can be added later, and a server that was killed recovers there, where no probe kills it.
    The superuser `postgres` exists on the socket inside the pod only (`kubectl exec loom-db-0 -- psql`).

    Args:
        databases: The first one is `sql`.
        name: Of the StatefulSet and the Service.
        image: The official image, alpine or Debian. A new major version needs a migration of the data, and so does the
            step between alpine and Debian: they run as different users (70 and 999).
        storage: The claim `data`; it can grow and never shrink.
        resources: The configuration is derived from the memory limit.
        monitor: Secret with `username` and `password` of a role that sees how the server is (`pg_monitor`) and reads
            the verdicts of backups in the first database, and nothing else. For `PostgresExporter`.
        max_connections: Of all clients together; checked against the declared calls at synthesis.
        user: The user id of the image's `postgres`; without it, 70 for an alpine tag and 999 for any other tag.
        pod: What you add to the pod.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    sql: Endpoint
    """The first database; a client gets the `PG*` variables of libpq."""

    databases: Mapping[str, Endpoint]
    """All databases by name."""

    monitor: Endpoint | None
    """The first database for the role that monitors, if there is one."""

    image: str
    """What runs; who restores its data needs the same major version."""

    user: int
    """The user id of the image's `postgres`."""

    storage_mebibytes: int
    """How large the claim is."""

    workload: Workload
    """The StatefulSet."""

    service: Manifest
    """The headless Service."""

    config: Manifest
    """The ConfigMap with `postgresql.conf`, `pg_hba.conf` and the preparation's script."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        databases: Sequence[Database],
        name: str = "loom-db",
        image: str = "postgres:15-alpine",
        storage: Claim | None = None,
        resources: Resources | None = None,
        max_connections: int = 200,
        monitor: SecretRef | None = None,
        user: int | None = None,
        pod: PodOptions | None = None,
    ) -> None:
        pinned("image", image)
        checks.service_name("name", name)
        user = user if user is not None else _user_of(image)
        for database in databases or ():
            checks.instance("databases", database, Database)
        checks.instance("storage", storage, Claim, type(None))
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("monitor", monitor, SecretRef, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        if not databases:
            raise checks.refuse("databases", "at least one Database", databases)
        checks.unique("databases", (d.name for d in databases))
        checks.at_least("max_connections", max_connections, RESERVED_CONNECTIONS + 1)
        storage = storage or Claim(Size.gibibytes(10))
        at_least_size("storage", storage.size, Size.gibibytes(1))
        resources = resources or Resources(
            cpu=Cpu.millis(250), memory=Size.gibibytes(1), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(1)
        )
        if resources.memory_limit < 256:
            raise checks.refuse("resources.memory_limit", "at least 256Mi", f"{resources.memory_limit}Mi")
        super().__init__(scope, id)
        self._max_connections = max_connections
        self.image, self.user, self.storage_mebibytes = image, user, mebibytes(storage.size)

        labels = Labels("postgresql", name, "database", version(image))
        self.config = config_map(
            self,
            "config",
            name=f"{name}-config",
            labels=labels,
            files={
                "postgresql.conf": configuration(
                    memory=resources.memory_limit,
                    storage=mebibytes(storage.size),
                    max_connections=max_connections,
                    data_directory=PGDATA,
                ),
                "pg_hba.conf": HBA,
                "prepare.sh": prepare_script([d.name for d in databases], CONFIG, monitor=monitor is not None),
            },
        )
        mounts = {
            VOLUME: Volume("data"),
            CONFIG: Volume.config("config", self.config.name),
            "/var/run/postgresql": Volume.scratch("socket", Size.mebibytes(1)),
            "/tmp": Volume.scratch("tmp", Size.mebibytes(256)),
            "/dev/shm": Volume.memory("shm", Size.mebibytes(resources.memory_limit // 4)),
        }
        # 0 accepts, 1 is up but does not accept yet: a recovering server answers with 1 and must not be killed
        answers = ["sh", "-c", "pg_isready -q -t 4; [ $? -le 1 ]"]
        server = Container(
            name="postgres",
            image=image,
            args=["-c", f"config_file={CONFIG}/postgresql.conf"],
            env={"PGDATA": PGDATA},
            ports={"sql": PORT},
            resources=resources,
            mounts=mounts,
            startup=Probe.command(answers, period=5, failures=60),
            readiness=Probe.command(["pg_isready", "-q", "-t", "4"], period=5, failures=3),
            liveness=Probe.command(answers, period=15, failures=6),
            # the image's own stop signal does the same; not every image has it
            pre_stop=["sh", "-c", "exec pg_ctl stop --pgdata=$PGDATA --mode=fast --wait --timeout=100"],
        )
        prepare = Container(
            name="prepare",
            image=image,
            command=["sh", f"{CONFIG}/prepare.sh"],
            env={"PGDATA": PGDATA, **_logins(databases), **_monitor(monitor)},
            resources=resources,
            mounts=mounts,
        )
        self.workload = Workload(
            self,
            "server",
            kind=Kind.STATEFUL_SET,
            labels=labels,
            containers=[server],
            init_containers=[prepare],
            user=user,
            grace=120,
            configs=[self.config],
            options=pod,
            spec={
                "serviceName": name,
                "replicas": 1,
                "volumeClaimTemplates": [storage.template("data", labels.selector)],
            },
        )
        self.service = service(self, "service", workload=self.workload, ports={"sql": ServicePort(PORT)}, headless=True)
        here = Peer.of(self.workload)
        self.databases = {
            d.name: Endpoint(
                server=here,
                name="sql",
                host=name,
                port=PORT,
                database=d.name,
                login=Login.of(replace(d.login, namespace=here.namespace)),
                scheme="postgresql",
                env=libpq_variables,
                wait=Wait.postgres(image, d.name),
            )
            for d in databases
        }
        self.sql = self.database(databases[0].name)
        self.monitor = None
        if monitor is not None:
            self.monitor = self.sql.with_login(Login.of(replace(monitor, namespace=here.namespace)))
        self.node.default_child = self.workload.manifest
        self.node.add_validation(self)

    def database(self, name: str) -> Endpoint:
        """The endpoint of one of the databases."""
        checks.one_of("name", name, list(self.databases))
        return self.databases[name]

    def validate(self) -> list[str]:
        """Refuses clients that may together open more connections than the server takes."""
        calls = [c for c in calls_in(self.node.root) if c.to.server == self.sql.server and c.connections]
        wanted = sum(c.connections or 0 for c in calls)
        if wanted + RESERVED_CONNECTIONS <= self._max_connections:
            return []
        shares = ", ".join(f"{c.client.name} {c.connections}" for c in calls)
        return [
            f"max_connections of {self.sql.host} must be at least {wanted + RESERVED_CONNECTIONS} "
            f"({shares}, reserved {RESERVED_CONNECTIONS}), got {self._max_connections}; "
            "raise it, or lower pools and replicas"
        ]


def _user_of(image: str) -> int:
    if not tag(image):
        raise checks.refuse("user", "given for an image without a tag (70 for alpine, 999 for Debian)", None)
    return 70 if "alpine" in tag(image) else 999


def _monitor(secret: SecretRef | None) -> dict[str, EnvValue]:
    if secret is None:
        return {}
    return {"MONITOR_USERNAME": secret.key("username"), "MONITOR_PASSWORD": secret.key("password")}


def _logins(databases: Sequence[Database]) -> dict[str, EnvValue]:
    env: dict[str, EnvValue] = {}
    for d in databases:
        env |= {f"{d.name}_username": d.login.key("username"), f"{d.name}_password": d.login.key("password")}
    return env
