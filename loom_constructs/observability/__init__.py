"""What Prometheus reads, and what somebody is told."""

from .alert import Alert, Severity
from .alerts import backup_alerts, nats_alerts, postgres_alerts, stream_alerts, verdict_alerts
from .nats_exporter import NatsExporter
from .postgres_exporter import PostgresExporter
from .prometheus_rules import PrometheusRules
from .service_monitor import ServiceMonitor
from .target import Target

__all__ = [
    "Alert",
    "NatsExporter",
    "PostgresExporter",
    "PrometheusRules",
    "ServiceMonitor",
    "Severity",
    "Target",
    "backup_alerts",
    "nats_alerts",
    "postgres_alerts",
    "stream_alerts",
    "verdict_alerts",
]
