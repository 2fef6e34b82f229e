"""What workloads need in production beside themselves."""

from .external_secrets import ClusterSecretStore, ExternalSecrets

__all__ = ["ClusterSecretStore", "ExternalSecrets"]
