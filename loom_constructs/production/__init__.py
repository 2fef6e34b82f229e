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
from .secrets import ClusterSecretStore, ExternalSecrets, NoCredentials

__all__ = [
    "AdmissionMode",
    "AdmissionRule",
    "AdmissionScope",
    "AdmissionSubject",
    "Allow",
    "ClusterSecretStore",
    "ExternalSecrets",
    "GatekeeperPolicies",
    "ImageRule",
    "KyvernoPolicies",
    "LimitRange",
    "NoCredentials",
    "PriorityClass",
    "ProductionDefaults",
    "ResourceClass",
    "ResourceQuota",
    "ValidatingAdmissionPolicies",
    "ZoneSpread",
    "admission_rules",
]
