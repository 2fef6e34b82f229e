"""Backups of PostgreSQL, and the proof that they can be restored."""

from .postgres_backup import PostgresBackup

__all__ = ["PostgresBackup"]
