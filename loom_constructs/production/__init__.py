"""What workloads need in production beside themselves."""

from .secrets import (
    AwsSecrets,
    AzureSecrets,
    ClusterSecretStore,
    ExternalSecrets,
    GcpSecrets,
    NoCredentials,
    SealedSecret,
    SecretStore,
    SopsSecret,
    VaultSecrets,
    restart_on_change,
)

__all__ = [
    "AwsSecrets",
    "AzureSecrets",
    "ClusterSecretStore",
    "ExternalSecrets",
    "GcpSecrets",
    "NoCredentials",
    "SealedSecret",
    "SecretStore",
    "SopsSecret",
    "VaultSecrets",
    "restart_on_change",
]
