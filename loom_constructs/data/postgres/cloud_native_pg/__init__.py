"""PostgreSQL that the operator CloudNativePG runs."""

from .engine import CloudNativePg, Spread, Synchronous
from .operator import CloudNativePgOperator
from .recovery import Recovery
from .server import CloudNativePgServer
from .store import BarmanBackup, BarmanObjectStore, Compression, S3Keys

__all__ = [
    "BarmanBackup",
    "BarmanObjectStore",
    "CloudNativePg",
    "CloudNativePgOperator",
    "CloudNativePgServer",
    "Compression",
    "Recovery",
    "S3Keys",
    "Spread",
    "Synchronous",
]
