"""Backups of the embedded PostgreSQL, and the proof that they can be restored."""

from .bucket import Bucket
from .postgres_backup import PostgresBackup

__all__ = ["Bucket", "PostgresBackup"]
