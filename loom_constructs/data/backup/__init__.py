"""Backups of PostgreSQL and of streams, and the proof that they can be restored."""

from .bucket import Bucket
from .postgres_backup import PostgresBackup
from .stream_backup import NatsStreamBackup

__all__ = ["Bucket", "NatsStreamBackup", "PostgresBackup"]
