"""All of Loom, composed: charts, and what differs between environments."""

from .charts import (
    AlertsChart,
    ApplicationChart,
    DataChart,
    LoomChart,
    MonitoringChart,
    NamespaceChart,
    SecretsChart,
    TemporalChart,
)
from .environment import Environment
from .local import LOCAL
from .locked import references, unresolved
from .platform import LoomPlatform
from .production import PRODUCTION
from .staging import STAGING
from .synthesis import Summary, reasons, render, synthesize

ENVIRONMENTS = (LOCAL, STAGING, PRODUCTION)
"""Those that are rendered into `dist/`."""

__all__ = [
    "ENVIRONMENTS",
    "LOCAL",
    "PRODUCTION",
    "STAGING",
    "AlertsChart",
    "ApplicationChart",
    "DataChart",
    "Environment",
    "LoomChart",
    "LoomPlatform",
    "MonitoringChart",
    "NamespaceChart",
    "SecretsChart",
    "Summary",
    "TemporalChart",
    "reasons",
    "references",
    "render",
    "synthesize",
    "unresolved",
]
