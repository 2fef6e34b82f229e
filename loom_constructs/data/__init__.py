"""Where data lives: PostgreSQL, the pooler in front of it, and the message bus."""

from .backup import Bucket, PostgresBackup
from .nats import NatsJetStream
from .nats_user import NatsUser
from .pgbouncer import PgBouncer, Pooling
from .postgres import Database, PostgresCluster

__all__ = [
    "Bucket",
    "Database",
    "NatsJetStream",
    "NatsUser",
    "PgBouncer",
    "Pooling",
    "PostgresBackup",
    "PostgresCluster",
]
