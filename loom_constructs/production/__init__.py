"""What workloads need in production beside themselves."""

from .defaults import Allow, ProductionDefaults, ZoneSpread
from .external_secrets import ClusterSecretStore, ExternalSecrets

__all__ = ["Allow", "ClusterSecretStore", "ExternalSecrets", "ProductionDefaults", "ZoneSpread"]
