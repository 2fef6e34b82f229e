"""Alerts, by what they are about."""

from .backups import backup_alerts, verdict_alerts
from .nats import nats_alerts
from .postgres import postgres_alerts
from .streams import stream_alerts

__all__ = ["backup_alerts", "nats_alerts", "postgres_alerts", "stream_alerts", "verdict_alerts"]
