"""Backups that are missing, failed, or much smaller than before; and drills."""

from __future__ import annotations

from cdk8s import Duration

from ...kubernetes import checks
from ..alert import Alert, Severity
from ..target import Target

SETTLED = Duration.minutes(30)
"""How long something may be missing: scrapes fail, and exporters restart."""

RETRIED = Duration.minutes(10)
"""A Job is tried again; a verdict that stays bad for so long was not mended by that."""

SMALLER = 0.5
"""A backup that is smaller than this share of the one before is worth a look."""


def backup_alerts(exporter: Target, *, max_age: Duration) -> tuple[Alert, ...]:
    """Of `PostgresBackup`: its backup and its drill.

    Args:
        exporter: Where the verdicts are read (`PostgresExporter.target`).
        max_age: How old the newest good one may be: the time between two, and how long one takes.
    """
    checks.instance("exporter", exporter, Target)
    shrunken = " or ".join(
        f"{exporter.series(now, kind='backup')} < {SMALLER} * {exporter.series(f'{now}_before', kind='backup')}"
        for now in ("loom_verdict_bytes", "loom_verdict_rows")
    )
    return (
        *verdict_alerts(exporter, kind="backup", title="Backup", max_age=max_age),
        *verdict_alerts(exporter, kind="drill", title="Drill", max_age=max_age),
        Alert(
            name="BackupShrank",
            expr=shrunken,
            for_=RETRIED,
            severity=Severity.WARNING,
            summary="The newest backup is less than half as large as the one before",
            description="In bytes or in rows. Somebody deleted much, or something is not in it. Old backups go as new "
            "ones come: look before the last full one is gone.",
        ),
    )


def verdict_alerts(exporter: Target, *, kind: str, title: str, max_age: Duration) -> tuple[Alert, Alert]:
    """`<title>Missing` and `<title>Failed`, for one kind of verdict in table `loom_constructs.verdicts`."""
    checks.instance("exporter", exporter, Target)
    checks.instance("max_age", max_age, Duration)
    seconds = int(max_age.to_seconds())
    success = exporter.series("loom_verdict_last_success_timestamp_seconds", kind=kind)
    hours = round(seconds / 3600, 1)
    return (
        Alert(
            name=f"{title}Missing",
            expr=f"time() - {success} > {seconds} or absent({success})",
            for_=SETTLED,
            severity=Severity.CRITICAL,
            summary=f"No good {kind} for {hours:g} hours, or none is known",
            description="What was written since the last good one would be lost with the database's volume.",
        ),
        Alert(
            name=f"{title}Failed",
            expr=f"{exporter.series('loom_verdict_good', kind=kind)} == 0",
            for_=RETRIED,
            severity=Severity.WARNING,
            summary=f"The newest {kind} failed",
            description="The Job's log and the verdict's detail say why. The next one may work; until then the last "
            "good one gets older.",
        ),
    )
