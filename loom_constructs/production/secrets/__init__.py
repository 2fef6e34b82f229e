"""Where Secrets come from, and that none is ever written."""

from .external_secrets import ClusterSecretStore, ExternalSecrets
from .no_credentials import NoCredentials

__all__ = ["ClusterSecretStore", "ExternalSecrets", "NoCredentials"]
