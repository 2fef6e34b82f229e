"""Where Secrets come from, that none is ever written, and who restarts when one changes."""

from .encrypted import SealedSecret, SopsSecret
from .external_secrets import ExternalSecrets
from .no_credentials import NoCredentials
from .providers import AwsSecrets, AzureSecrets, GcpSecrets, VaultSecrets
from .restart import restart_on_change
from .store import ClusterSecretStore, SecretStore

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
