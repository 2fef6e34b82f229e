"""The charts of what is measured, and who is told."""

from __future__ import annotations

from constructs import Construct

from ...loom import bus
from ...observability import (
    NatsExporter,
    PostgresExporter,
    PrometheusRules,
    ServiceMonitor,
    backup_alerts,
    nats_alerts,
    postgres_alerts,
    stream_alerts,
)
from ...traffic import Peer
from ..environment import Environment
from ..priority import Priority
from ..settings import Prometheus
from .chart import LoomChart
from .data import DataChart


class MonitoringChart(LoomChart):
    """What is measured of the data."""

    def __init__(self, scope: Construct, id: str, environment: Environment, *, data: DataChart) -> None:
        super().__init__(scope, id, environment)
        images, pods = environment.images, environment.pods(Priority.CONTROL)
        self.postgres = PostgresExporter(
            self,
            "postgres",
            image=images.postgres_exporter,
            database=data.postgres.monitor or data.postgres.sql,
            pod=pods,
        )
        self.nats = NatsExporter(self, "nats", image=images.nats_exporter, of=data.nats, pod=pods)


class AlertsChart(LoomChart):
    """Who is told what, by the Prometheus operator."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        environment: Environment,
        *,
        monitoring: MonitoringChart,
        data: DataChart,
        prometheus: Prometheus,
        runbooks: str,
    ) -> None:
        super().__init__(scope, id, environment)
        postgres, nats = monitoring.postgres, monitoring.nats
        groups = {
            "loom-postgres": postgres_alerts(postgres.target, slot_limit=data.postgres.slot_limit),
            "loom-nats": nats_alerts(nats.target, servers=nats.servers),
            "loom-streams": stream_alerts(nats.target, replicas=nats.servers, streams=[bus.STREAM]),
        }
        if data.backup is not None:
            groups["loom-backups"] = backup_alerts(postgres.target, max_age=data.backup.max_age)
        self.rules = PrometheusRules(
            self, "rules", name="loom-data", groups=groups, runbooks=runbooks, labels=prometheus.selects
        )
        scraper = Peer(
            "prometheus",
            prometheus.namespace,
            prometheus.labels,
            service_account=prometheus.account,
            meshed=prometheus.meshed,
        )
        for name, endpoint in (("postgres-monitor", postgres.metrics), ("nats-monitor", nats.metrics)):
            ServiceMonitor(self, name, of=endpoint, prometheus=scraper, labels=prometheus.selects)
