"""What workloads need in production beside themselves."""

from .external_secrets import ClusterSecretStore, ExternalSecrets
from .quotas import LimitRange, PriorityClass, ResourceQuota

__all__ = ["ClusterSecretStore", "ExternalSecrets", "LimitRange", "PriorityClass", "ResourceQuota"]
