"""Alerts, as the Prometheus operator takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from constructs import Construct

from ..kubernetes import Manifest, checks
from ..kubernetes.labels import MANAGER
from ..kubernetes.whole import whole
from .alert import Alert


@whole
class PrometheusRules(Construct):
    """Alerts in one `PrometheusRule` (monitoring.coreos.com/v1), in groups.

    Args:
        groups: Alerts by the group that they are evaluated in; the names of alerts are unique over all groups.
        runbooks: Where the runbooks are served: an alert's `runbook_url` is `<runbooks>/<page>.md`.
        name: Of the object.
        labels: What the Prometheus at hand selects rules by, if it does: the Helm chart wants `release`.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    manifest: Manifest
    """The `PrometheusRule`."""

    alerts: Sequence[Alert]
    """All of them."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        groups: Mapping[str, Sequence[Alert]],
        runbooks: str,
        name: str,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        checks.dns_name("name", name)
        checks.text_map("labels", labels or {})
        if not isinstance(runbooks, str) or not re.fullmatch(r"https?://[^\s?#]+", runbooks):
            raise checks.refuse("runbooks", "a URL such as https://docs.example.org/runbooks", runbooks)
        if not groups or not all(groups.values()):
            raise checks.refuse("groups", "at least one group with at least one Alert", dict(groups))
        alerts = [alert for group in groups.values() for alert in group]
        for alert in alerts:
            checks.instance("groups", alert, Alert)
        checks.unique("groups", (alert.name for alert in alerts))
        super().__init__(scope, id)
        self.alerts = tuple(alerts)
        self.manifest = Manifest(
            self,
            "rules",
            {
                "apiVersion": "monitoring.coreos.com/v1",
                "kind": "PrometheusRule",
                "spec": {
                    "groups": [
                        {"name": group, "rules": [alert.rule(runbooks) for alert in listed]}
                        for group, listed in groups.items()
                    ]
                },
            },
            name=name,
            labels={
                "app.kubernetes.io/name": "prometheus-rule",
                "app.kubernetes.io/instance": name,
                "app.kubernetes.io/managed-by": MANAGER,
                **(labels or {}),
            },
        )
        self.node.default_child = self.manifest
