"""What workloads need in production beside themselves."""

from .secrets import ClusterSecretStore, ExternalSecrets, NoCredentials

__all__ = ["ClusterSecretStore", "ExternalSecrets", "NoCredentials"]
