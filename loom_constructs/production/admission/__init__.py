"""What the cluster refuses, for three engines from one definition each."""

from .gatekeeper_policies import GatekeeperPolicies
from .kyverno_policies import KyvernoPolicies
from .rule import AdmissionMode, AdmissionRule, AdmissionSubject
from .rules import admission_rules
from .scope import AdmissionScope
from .validating_admission_policies import ValidatingAdmissionPolicies

__all__ = [
    "AdmissionMode",
    "AdmissionRule",
    "AdmissionScope",
    "AdmissionSubject",
    "GatekeeperPolicies",
    "KyvernoPolicies",
    "ValidatingAdmissionPolicies",
    "admission_rules",
]
