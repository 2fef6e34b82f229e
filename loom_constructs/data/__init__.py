"""Where data lives: PostgreSQL, the pooler in front of it, and the message bus."""

from .archive import PostgresArchive
from .backup import Bucket, NatsStreamBackup, PostgresBackup
from .nats import NatsJetStream
from .nats_stream import Discard, NatsStream, Retention
from .nats_tls import NatsTls
from .nats_user import NatsUser
from .pgbouncer import PgBouncer, Pooling
from .postgres import (
    BarmanBackup,
    BarmanObjectStore,
    CloudNativePg,
    CloudNativePgOperator,
    CloudNativePgPooler,
    Compression,
    Database,
    EmbeddedPostgres,
    ExternalPostgres,
    PostgresCluster,
    Recovery,
    S3Keys,
    Spread,
    Synchronous,
)

__all__ = [
    "BarmanBackup",
    "BarmanObjectStore",
    "Bucket",
    "CloudNativePg",
    "CloudNativePgOperator",
    "CloudNativePgPooler",
    "Compression",
    "Database",
    "Discard",
    "EmbeddedPostgres",
    "ExternalPostgres",
    "NatsJetStream",
    "NatsStream",
    "NatsStreamBackup",
    "NatsTls",
    "NatsUser",
    "PgBouncer",
    "Pooling",
    "PostgresArchive",
    "PostgresBackup",
    "PostgresCluster",
    "Recovery",
    "Retention",
    "S3Keys",
    "Spread",
    "Synchronous",
]
