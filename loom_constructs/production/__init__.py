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
from .defaults import Allow, ImageRule, ProductionDefaults, ResourceClass, ZoneSpread
from .external_secrets import ClusterSecretStore, ExternalSecrets
from .quotas import LimitRange, PriorityClass, ResourceQuota

__all__ = [
    "AdmissionMode",
    "AdmissionRule",
    "AdmissionScope",
    "Allow",
    "ClusterSecretStore",
    "ExternalSecrets",
    "GatekeeperPolicies",
    "ImageRule",
    "KyvernoPolicies",
    "LimitRange",
    "PriorityClass",
    "ProductionDefaults",
    "ResourceClass",
    "ResourceQuota",
    "ValidatingAdmissionPolicies",
    "ZoneSpread",
    "admission_rules",
]
