"""The embedded engine: a StatefulSet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cdk8s import Size
from constructs import Construct

from ...kubernetes import (
    Claim,
    Container,
    Cpu,
    Kind,
    Labels,
    Login,
    Manifest,
    PodOptions,
    Probe,
    Resources,
    SecretKey,
    SecretRef,
    ServicePort,
    Volume,
    Workload,
    checks,
    config_map,
    service,
)
from ...kubernetes.image import pinned, version
from ...kubernetes.quantities import at_least_size, mebibytes
from ...traffic import Peer
from . import logins
from . import replication as replicated
from .budget import RESERVED_CONNECTIONS
from .database import Database
from .files import HBA, configuration, prepare_script
from .served import Served, user_of

PORT = 5432
CONFIG = "/etc/postgresql"
VOLUME = "/var/lib/postgresql/data"
"""Where the claim is mounted. Images of PostgreSQL 18 and newer declare a volume one folder above: the claim lies in
it, and the data in the claim, since `PGDATA` says so."""
FOLDER = "pgdata"
"""A sub-folder: the root of a volume may hold lost+found, which initdb refuses."""


def _storage() -> Claim:
    return Claim(Size.gibibytes(10))


def _resources() -> Resources:
    return Resources(
        cpu=Cpu.millis(250), memory=Size.gibibytes(1), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(1)
    )


@dataclass(frozen=True, kw_only=True)
class EmbeddedPostgres:
    """One PostgreSQL server (StatefulSet) on its own volume, behind a headless Service.

    Before each start an init container makes what is missing: the data directory (complete, or not at all), roles and
    databases. So a database can be added later, and a server that was killed recovers there, where no probe kills it.
    Beside the server a container applies logins whose Secrets change, without a restart: also a second login of a
    database (`previous-username`, `previous-password`), for as long as it is there.
    The superuser `postgres` exists on the socket inside the pod only (`kubectl exec loom-db-0 -- psql`).

    Args:
        image: The official image, alpine or Debian. A new major version needs a migration of the data, and so does the
            step between alpine and Debian: they run as different users (70 and 999).
        folder: Of the data, on the claim. A new major version gets another one and begins empty there: restore a backup
            into it. The old data stays beside it, for the way back.
        storage: The claim `data`; it can grow and never shrink.
        resources: The configuration is derived from the memory limit.
        max_connections: Of all clients together; checked against the declared calls at synthesis.
        replication: Secret with `username` and `password` of a role that reads the server's log and its files: what a
            `PostgresArchive` logs in as. Without it nobody can.
        user: The user id of the image's `postgres`; without it, 70 for an alpine tag and 999 for any other tag.
        pod: What you add to the pod.
    """

    image: str = "postgres:15-alpine"
    folder: str = FOLDER
    storage: Claim = field(default_factory=_storage)
    resources: Resources = field(default_factory=_resources)
    max_connections: int = 200
    replication: SecretRef | None = None
    user: int | None = None
    pod: PodOptions | None = None

    def __post_init__(self) -> None:
        pinned("image", self.image)
        checks.dns_label("folder", self.folder)
        if self.user is None:
            user_of(self.image)
        checks.instance("storage", self.storage, Claim)
        checks.instance("resources", self.resources, Resources)
        checks.instance("replication", self.replication, SecretRef, type(None))
        checks.instance("pod", self.pod, PodOptions, type(None))
        checks.at_least("max_connections", self.max_connections, RESERVED_CONNECTIONS + 1)
        at_least_size("storage", self.storage.size, Size.gibibytes(1))
        if self.resources.memory_limit < 256:
            raise checks.refuse("resources.memory_limit", "at least 256Mi", f"{self.resources.memory_limit}Mi")

    @property
    def data_directory(self) -> str:
        """PostgreSQL's `PGDATA`."""
        return f"{VOLUME}/{self.folder}"


class EmbeddedServer(Construct):
    """The objects of the embedded engine. Made by `PostgresCluster`."""

    served: Served
    """What clients need."""

    workload: Workload
    """The StatefulSet."""

    service: Manifest
    """The headless Service."""

    config: Manifest
    """The ConfigMap with `postgresql.conf`, `pg_hba.conf` and the scripts."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        databases: Sequence[Database],
        engine: EmbeddedPostgres,
        monitor: SecretRef | None,
    ) -> None:
        super().__init__(scope, id)
        image, storage, resources = engine.image, engine.storage, engine.resources
        max_connections = engine.max_connections
        user = engine.user if engine.user is not None else user_of(image)

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
                    data_directory=engine.data_directory,
                    replicated=engine.replication is not None,
                ),
                "pg_hba.conf": HBA + (replicated.HBA if engine.replication else ""),
                "prepare.sh": prepare_script(CONFIG, replicated=engine.replication is not None),
                "logins.sh": logins.logins_script(
                    [d.name for d in databases],
                    replicated=engine.replication is not None,
                    monitored=monitor is not None,
                ),
                "follow.sh": logins.FOLLOW,
            },
        )
        mounts = {
            VOLUME: Volume("data"),
            CONFIG: Volume.config("config", self.config.name),
            "/var/run/postgresql": Volume.scratch("socket", Size.mebibytes(1)),
            "/tmp": Volume.scratch("tmp", Size.mebibytes(256)),
            "/dev/shm": Volume.memory("shm", Size.mebibytes(resources.memory_limit // 4)),
        }
        entries = {**_logins(databases, engine.replication), **_monitor(monitor)}
        # 0 accepts, 1 is up but does not accept yet: a recovering server answers with 1 and must not be killed
        answers = ["sh", "-c", "pg_isready -q -t 4; [ $? -le 1 ]"]
        server = Container(
            name="postgres",
            image=image,
            args=["-c", f"config_file={CONFIG}/postgresql.conf"],
            env={"PGDATA": engine.data_directory},
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
            env={"PGDATA": engine.data_directory, **entries},
            resources=resources,
            mounts=mounts,
        )
        # as files, which the kubelet renews; variables stay what they were
        follow = Container(
            name="logins",
            image=image,
            command=["sh", f"{CONFIG}/follow.sh"],
            resources=Resources(
                cpu=Cpu.millis(10),
                memory=Size.mebibytes(32),
                cpu_limit=Cpu.millis(500),
                memory_limit=Size.mebibytes(64),
            ),
            mounts={
                CONFIG: mounts[CONFIG],
                "/var/run/postgresql": mounts["/var/run/postgresql"],
                "/tmp": mounts["/tmp"],
                logins.FILES: Volume.secrets("logins", entries),
            },
            readiness=Probe.command(["test", "-e", logins.APPLIED], period=10, failures=3),
        )
        self.workload = Workload(
            self,
            "server",
            kind=Kind.STATEFUL_SET,
            labels=labels,
            containers=[server, follow],
            init_containers=[prepare],
            user=user,
            grace=120,
            configs=[self.config],
            options=engine.pod,
            spec={
                "serviceName": name,
                "replicas": 1,
                "volumeClaimTemplates": [storage.template("data", labels.selector)],
            },
        )
        self.service = service(self, "service", workload=self.workload, ports={"sql": ServicePort(PORT)}, headless=True)
        self.served = Served(
            peer=Peer.of(self.workload),
            host=name,
            port=PORT,
            tls=None,
            image=image,
            user=user,
            storage_mebibytes=mebibytes(storage.size),
            max_connections=max_connections,
            main=self.workload.manifest,
        )


def _logins(databases: Sequence[Database], replication: SecretRef | None) -> dict[str, SecretKey]:
    entries: dict[str, SecretKey] = {}
    for database in databases:
        login = Login.of(database.login)
        entries |= {f"{database.name}_{name}": key for name, key in login.entries.items()}
    if replication is not None:
        entries |= {f"replication_{name}": replication.key(name) for name in ("username", "password")}
    return entries


def _monitor(secret: SecretRef | None) -> dict[str, SecretKey]:
    return {f"MONITOR_{n.upper()}": secret.key(n) for n in ("username", "password")} if secret else {}
