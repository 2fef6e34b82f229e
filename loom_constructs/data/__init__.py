"""Where data lives: PostgreSQL, the pooler in front of it, and the message bus."""

from .archive import PostgresArchive
from .backup import PostgresBackup
from .nats import NatsJetStream
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
    "CloudNativePg",
    "CloudNativePgOperator",
    "CloudNativePgPooler",
    "Compression",
    "Database",
    "EmbeddedPostgres",
    "ExternalPostgres",
    "NatsJetStream",
    "NatsUser",
    "PgBouncer",
    "Pooling",
    "PostgresArchive",
    "PostgresBackup",
    "PostgresCluster",
    "Recovery",
    "S3Keys",
    "Spread",
    "Synchronous",
]
