"""NATS servers that are down or full."""

from __future__ import annotations

from cdk8s import Duration

from ...kubernetes import checks
from ..alert import Alert, Severity
from ..target import Target

NEARLY_FULL = 0.8
"""Growing a claim takes its time."""


def nats_alerts(exporter: Target, *, servers: int) -> tuple[Alert, ...]:
    """Of the servers behind a `NatsExporter`.

    They count what JetStream says: the exporter goes on showing the last numbers of `/varz` for a server that is gone.

    Args:
        servers: How many there should be.
    """
    checks.instance("exporter", exporter, Target)
    checks.at_least("servers", servers, 1)
    disabled = exporter.series("jetstream_server_jetstream_disabled")
    # a leader's label moves with it, so one server may be there twice for a moment
    up = f"(count(count by (server_name) ({disabled} == 0)) or vector(0))"
    stored = exporter.series("jetstream_server_total_message_bytes")
    room = exporter.series("jetstream_server_max_storage")
    quorum = servers // 2 + 1
    down = Alert(
        name="NatsServerDown",
        expr=f"{up} < {servers}",
        for_=Duration.minutes(2),
        severity=Severity.WARNING,
        summary=f"Only {{{{ $value }}}} of {servers} NATS servers answer with JetStream",
        description="With one of three down everything goes on; with the next one JetStream stops.",
    )
    lost = Alert(
        name="NatsQuorumLost",
        expr=f"{up} < {quorum}",
        for_=Duration.minutes(1),
        severity=Severity.CRITICAL,
        summary=f"Only {{{{ $value }}}} of {servers} NATS servers answer with JetStream, fewer than {quorum}",
        description="Nothing can be published to a stream, or the exporter is down.",
    )
    full = Alert(
        name="NatsStorageNearlyFull",
        expr=f"max by (server_name) ({stored}) / max by (server_name) ({room}) > {NEARLY_FULL}",
        for_=Duration.minutes(15),
        severity=Severity.WARNING,
        summary="{{ $labels.server_name }} has {{ $value | humanizePercentage }} of its JetStream storage in use",
        description="When it is full, publishing fails.",
    )
    return (down, lost, full)
