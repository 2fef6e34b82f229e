"""A PostgreSQL server that is down, full of clients, or keeps its log for nobody."""

from __future__ import annotations

from cdk8s import Duration, Size

from ...kubernetes import checks
from ...kubernetes.quantities import mebibytes, notation
from ..alert import Alert, Severity
from ..target import Target

NEARLY_ALL = 0.9
"""Superusers, backups and drills need the rest."""


def postgres_alerts(exporter: Target, *, slot_limit: Size) -> tuple[Alert, ...]:
    """Of a server behind a `PostgresExporter`.

    Args:
        slot_limit: How much log a replication slot may keep on the volume.
    """
    checks.instance("exporter", exporter, Target)
    checks.instance("slot_limit", slot_limit, Size)
    up = exporter.series("pg_up")
    used, limit = exporter.series("loom_postgres_connections"), exporter.series("loom_postgres_connections_limit")
    retained = exporter.series("loom_postgres_slot_retained_bytes")
    return (
        Alert(
            name="PostgresDown",
            expr=f"{up} == 0 or absent({up})",
            for_=Duration.minutes(2),
            severity=Severity.CRITICAL,
            summary="PostgreSQL does not answer, or its exporter does not",
            description="Loom and Temporal stop with it. A planned restart is shorter.",
        ),
        Alert(
            name="PostgresConnectionsNearLimit",
            expr=f"{used} / {limit} > {NEARLY_ALL}",
            for_=Duration.minutes(5),
            severity=Severity.WARNING,
            summary="PostgreSQL has nearly as many clients as it takes",
            description="{{ $value | humanizePercentage }} of max_connections. The next ones are refused, backups and "
            "the exporter among them.",
        ),
        Alert(
            name="PostgresSlotRetainsLog",
            expr=f"{retained} > {mebibytes(slot_limit) * 1024 * 1024}",
            for_=Duration.minutes(10),
            severity=Severity.CRITICAL,
            summary=f"Replication slot {{{{ $labels.slot_name }}}} keeps more than {notation(slot_limit)} of log",
            description="Its reader is away or too slow: {{ $value | humanize1024 }}B. PostgreSQL keeps the log until "
            "the volume is full, and stops then.",
        ),
    )
