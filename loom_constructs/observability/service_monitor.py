"""What is scraped, as the Prometheus operator takes it."""

from __future__ import annotations

from collections.abc import Mapping

from cdk8s import Duration
from constructs import Construct

from ..kubernetes import Manifest, checks
from ..kubernetes.labels import MANAGER
from ..kubernetes.whole import whole
from ..traffic import Endpoint, Peer


@whole
class ServiceMonitor(Construct):
    """One `ServiceMonitor` (monitoring.coreos.com/v1), and Prometheus let in at the port.

    Args:
        of: The port with the metrics: `PostgresExporter.metrics`, `NatsExporter.metrics`. Its name is that of the
            Service's port.
        prometheus: Who scrapes.
        interval: How often; the alerts expect at most half of the shortest time that they wait.
        labels: What the Prometheus at hand selects monitors by, if it does: the Helm chart wants `release`.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    manifest: Manifest
    """The `ServiceMonitor`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        of: Endpoint,
        prometheus: Peer,
        interval: Duration | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        checks.instance("of", of, Endpoint)
        checks.instance("prometheus", prometheus, Peer)
        checks.instance("interval", interval, Duration, type(None))
        checks.text_map("labels", labels or {})
        if of.server.workload is None:
            raise checks.refuse("of", "an endpoint of a workload of this app", of.server.name)
        super().__init__(scope, id)
        seconds = int((interval or Duration.seconds(30)).to_seconds())
        self.manifest = Manifest(
            self,
            "monitor",
            {
                "apiVersion": "monitoring.coreos.com/v1",
                "kind": "ServiceMonitor",
                "spec": {
                    "selector": {"matchLabels": dict(of.server.labels)},
                    "endpoints": [{"port": of.name, "interval": f"{seconds}s"}],
                },
            },
            name=of.host,
            labels={
                "app.kubernetes.io/name": "service-monitor",
                "app.kubernetes.io/instance": of.host,
                "app.kubernetes.io/managed-by": MANAGER,
                **(labels or {}),
            },
        )
        prometheus.calls(of)
        self.node.default_child = self.manifest
