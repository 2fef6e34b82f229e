"""What workloads need in production beside themselves."""

from .admission import (
    AdmissionMode,
    AdmissionRule,
    AdmissionScope,
    GatekeeperPolicies,
    KyvernoPolicies,
    ValidatingAdmissionPolicies,
    admission_rules,
)
from .external_secrets import ClusterSecretStore, ExternalSecrets

__all__ = [
    "AdmissionMode",
    "AdmissionRule",
    "AdmissionScope",
    "ClusterSecretStore",
    "ExternalSecrets",
    "GatekeeperPolicies",
    "KyvernoPolicies",
    "ValidatingAdmissionPolicies",
    "admission_rules",
]
