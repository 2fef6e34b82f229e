"""The chart of the data."""

from __future__ import annotations

from constructs import Construct

from ...data import (
    Database,
    NatsJetStream,
    NatsStream,
    NatsStreamBackup,
    NatsUser,
    PgBouncer,
    PostgresArchive,
    PostgresBackup,
    PostgresCluster,
)
from ...loom import bus
from .. import secrets
from ..environment import Environment
from ..postgres import postgres_engine
from ..priority import Priority
from .chart import LoomChart


class DataChart(LoomChart):
    """PostgreSQL, the pooler and the message bus."""

    def __init__(self, scope: Construct, id: str, environment: Environment) -> None:
        super().__init__(scope, id, environment)
        images, pods = environment.images, environment.pods(Priority.DATA)
        self.postgres = PostgresCluster(
            self,
            "postgres",
            databases=[
                Database("loom", secrets.LOOM_DATABASE),
                Database("temporal", secrets.TEMPORAL_DATABASE),
                Database("temporal_visibility", secrets.TEMPORAL_DATABASE, owner="temporal"),
            ],
            engine=postgres_engine(environment),
            monitor=secrets.MONITOR if environment.monitoring else None,
        )
        self.backup: PostgresBackup | None = None
        if environment.backup is not None:
            self.backup = PostgresBackup(
                self,
                "backup",
                of=self.postgres,
                to=environment.backup.storage,
                encryption=environment.backup.encryption,
                rclone_image=images.rclone,
                keep=environment.backup.keep,
                pod=pods,
            )
        self.archive: PostgresArchive | None = None
        if environment.archive is not None:
            self.archive = PostgresArchive(
                self,
                "archive",
                of=self.postgres,
                storage=environment.archive.storage,
                keep=environment.archive.keep,
                pod=pods,
            )
        self.pgbouncer = PgBouncer(
            self,
            "pgbouncer",
            image=images.pgbouncer,
            upstream=self.postgres.sql,
            replicas=environment.pgbouncer.replicas,
            pool_size=environment.pgbouncer.pool_size,
            max_client_conn=environment.pgbouncer.max_client_conn,
            pod=pods,
        )
        self.nats = NatsJetStream(
            self,
            "nats",
            image=images.nats,
            wait_image=images.busybox,
            users=[
                *(NatsUser(name, grant.publish, grant.subscribe) for name, grant in bus.GRANTS.items()),
                NatsUser.keeper(bus.STREAM),
                NatsUser.backup(bus.STREAM),
                NatsUser.restore(bus.STREAM),
            ],
            passwords=secrets.NATS,
            replicas=environment.nats.replicas,
            storage=environment.nats.storage,
            resources=environment.nats.resources,
            pod=pods,
        )
        self.stream = NatsStream(
            self,
            "stream",
            image=images.nats_box,
            nats=self.nats,
            stream=bus.STREAM,
            subjects=bus.SUBJECTS,
            max_bytes=bus.MAX_BYTES,
            max_age=bus.MAX_AGE,
            check_every=environment.nats.check_every,
            pod=pods,
        )
        self.stream_backup: NatsStreamBackup | None = None
        if environment.nats.backup is not None:
            self.stream_backup = NatsStreamBackup(
                self, "stream-backup", of=self.stream, storage=environment.nats.backup, pod=pods
            )
