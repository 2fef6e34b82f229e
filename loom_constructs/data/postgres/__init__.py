"""PostgreSQL: embedded, run by CloudNativePG, or external."""

from .cloud_native_pg import (
    BarmanBackup,
    BarmanObjectStore,
    CloudNativePg,
    CloudNativePgOperator,
    Compression,
    Recovery,
    S3Keys,
    Spread,
    Synchronous,
)
from .cluster import PostgresCluster
from .database import Database
from .embedded import EmbeddedPostgres
from .external import ExternalPostgres
from .pooler import CloudNativePgPooler

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
    "PostgresCluster",
    "Recovery",
    "S3Keys",
    "Spread",
    "Synchronous",
]
