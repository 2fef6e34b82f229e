"""What workloads need in production beside themselves."""

from .admission import (
    AdmissionMode,
    AdmissionRule,
    AdmissionScope,
    AdmissionSubject,
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
    "AdmissionSubject",
    "ClusterSecretStore",
    "ExternalSecrets",
    "GatekeeperPolicies",
    "KyvernoPolicies",
    "ValidatingAdmissionPolicies",
    "admission_rules",
]
