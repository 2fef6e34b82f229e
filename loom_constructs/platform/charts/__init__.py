"""Charts: what is rendered into one file."""

from .admission import AdmissionChart
from .application import ApplicationChart
from .chart import LoomChart
from .data import DataChart
from .monitoring import AlertsChart, MonitoringChart
from .namespace import NamespaceChart
from .network import LinkerdIdentityChart, MeshChart, NetworkChart
from .quotas import PrioritiesChart, QuotasChart
from .secrets import SecretsChart
from .temporal import TemporalChart

__all__ = [
    "AdmissionChart",
    "AlertsChart",
    "ApplicationChart",
    "DataChart",
    "LinkerdIdentityChart",
    "LoomChart",
    "MeshChart",
    "MonitoringChart",
    "NamespaceChart",
    "NetworkChart",
    "PrioritiesChart",
    "QuotasChart",
    "SecretsChart",
    "TemporalChart",
]
