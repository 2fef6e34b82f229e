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
from .defaults import Allow, ImageRule, ProductionDefaults, ResourceClass, ZoneSpread
from .quotas import LimitRange, PriorityClass, ResourceQuota
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
    "AdmissionMode",
    "AdmissionRule",
    "AdmissionScope",
    "AdmissionSubject",
    "Allow",
    "AwsSecrets",
    "AzureSecrets",
    "ClusterSecretStore",
    "ExternalSecrets",
    "GatekeeperPolicies",
    "GcpSecrets",
    "ImageRule",
    "KyvernoPolicies",
    "LimitRange",
    "NoCredentials",
    "PriorityClass",
    "ProductionDefaults",
    "ResourceClass",
    "ResourceQuota",
    "SealedSecret",
    "SecretStore",
    "SopsSecret",
    "ValidatingAdmissionPolicies",
    "VaultSecrets",
    "ZoneSpread",
    "admission_rules",
    "restart_on_change",
]
