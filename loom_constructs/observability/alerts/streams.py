"""Streams that fewer servers hold than should."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cdk8s import Duration

from ...kubernetes import checks
from ..alert import Alert, Severity
from ..target import Target

BEHIND = 1000
"""Messages; a follower of a busy stream lacks some at any moment."""


def stream_alerts(exporter: Target, *, replicas: int, streams: Sequence[str]) -> tuple[Alert, ...]:
    """Of streams that should be held by so many servers.

    No metric has a stream's configured number of replicas. Each server that holds one says so itself, so they are
    counted: a stream set back to one replica, a lost server and a stream that is gone are all too few.

    Args:
        replicas: How many servers hold each stream.
    """
    checks.instance("exporter", exporter, Target)
    checks.at_least("replicas", replicas, 1)
    checks.texts("streams", streams)
    for stream in streams:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", stream):
            raise checks.refuse("streams", "names of letters, digits, '-' and '_'", stream)
    return (
        Alert(
            name="StreamUnderReplicated",
            expr=" or ".join(_too_few(exporter, stream, replicas) for stream in streams),
            for_=Duration.minutes(1),
            severity=Severity.CRITICAL,
            summary=f"Stream {{{{ $labels.stream_name }}}} is held by {{{{ $value }}}} of {replicas} servers",
            description="A volume that is lost now may take acknowledged messages with it. A Loom that starts sets the "
            "stream back to one replica; what should raise it again does not.",
        ),
        Alert(
            name="StreamReplicaBehind",
            expr=" or ".join(_behind(exporter, stream) for stream in streams),
            for_=Duration.minutes(5),
            severity=Severity.WARNING,
            summary="A replica of stream {{ $labels.stream_name }} lacks {{ $value }} messages",
            description="It does not count if another one is lost.",
        ),
    )


def _too_few(exporter: Target, stream: str, replicas: int) -> str:
    held = exporter.series("jetstream_stream_total_messages", stream_name=stream)
    # labels of a leader move with it, so one server may be there twice for a moment
    count = f"(count(count by (server_name) ({held})) or vector(0))"
    return f'label_replace({count} < {replicas}, "stream_name", "{stream}", "", "")'


def _behind(exporter: Target, stream: str) -> str:
    last = exporter.series("jetstream_stream_last_seq", stream_name=stream)
    return f"max by (stream_name) ({last}) - min by (stream_name) ({last}) > {BEHIND}"
