"""Where data lives: PostgreSQL, the pooler in front of it, and the message bus."""

from .backup import NatsStreamBackup, PostgresBackup
from .nats import NatsJetStream
from .nats_stream import Discard, NatsStream, Retention
from .nats_tls import NatsTls
from .nats_user import NatsUser
from .pgbouncer import PgBouncer, Pooling
from .postgres import Database, PostgresCluster

__all__ = [
    "Database",
    "Discard",
    "NatsJetStream",
    "NatsStream",
    "NatsStreamBackup",
    "NatsTls",
    "NatsUser",
    "PgBouncer",
    "Pooling",
    "PostgresBackup",
    "PostgresCluster",
    "Retention",
]
