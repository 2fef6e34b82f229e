"""The log of the embedded PostgreSQL, kept: a restore to any moment, and the proof that it works."""

from .postgres_archive import PostgresArchive

__all__ = ["PostgresArchive"]
