"""What workloads need in production beside themselves."""

from .defaults import Allow, ImageRule, ProductionDefaults, ResourceClass, ZoneSpread
from .external_secrets import ClusterSecretStore, ExternalSecrets

__all__ = [
    "Allow",
    "ClusterSecretStore",
    "ExternalSecrets",
    "ImageRule",
    "ProductionDefaults",
    "ResourceClass",
    "ZoneSpread",
]
