"""What is scraped, as Prometheus knows it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..kubernetes import checks


@dataclass(frozen=True)
class Target:
    """The pods behind a Service that Prometheus scrapes, by the labels that its operator gives to their series.

    Args:
        namespace: Of the Service.
        job: Its name.
    """

    namespace: str
    job: str

    def __post_init__(self) -> None:
        checks.dns_label("namespace", self.namespace)
        checks.dns_label("job", self.job)

    def series(self, metric: str, **labels: str) -> str:
        """The series of a metric that come from here, as PromQL selects them."""
        wanted = {"namespace": self.namespace, "job": self.job, **labels}
        # PromQL escapes what stands in quotes as JSON does
        return metric + "{" + ",".join(f"{name}={json.dumps(value)}" for name, value in wanted.items()) + "}"
