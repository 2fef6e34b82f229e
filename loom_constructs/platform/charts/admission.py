"""The chart of what the API server refuses."""

from __future__ import annotations

from constructs import Construct

from ...production import AdmissionRule, AdmissionScope, ValidatingAdmissionPolicies, admission_rules
from ..environment import Environment
from ..locked import unresolved
from ..settings import Digests
from .chart import LoomChart


class AdmissionChart(LoomChart):
    """What the API server refuses in the namespace. As an add-on it is applied on its own, from a folder of its own."""

    def __init__(self, scope: Construct, id: str, environment: Environment) -> None:
        super().__init__(scope, id, environment, namespaced=False)
        settings = environment.admission
        if settings.add_on:
            self.folder = "admission"
        self.policies = ValidatingAdmissionPolicies(
            self,
            "admission",
            mode=settings.mode,
            rules=demanded(environment),
            namespaces=AdmissionScope((environment.namespace,)),
            # they are the whole cluster's, where another environment may be too
            name=f"{environment.namespace}-{environment.name}",
        )


def demanded(environment: Environment) -> tuple[AdmissionRule, ...]:
    """The rules that hold in an environment."""
    if environment.image_lock.digests is not Digests.REQUIRED:
        return admission_rules()
    return admission_rules(digests=True, unresolved=unresolved(environment))
