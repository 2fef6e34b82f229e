"""Rules that the API server itself judges by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from constructs import Construct

from ...kubernetes import Manifest
from ...kubernetes.whole import whole
from .judged import Judged, judged
from .rule import AdmissionMode, AdmissionRule
from .scope import AdmissionScope


@whole
class ValidatingAdmissionPolicies(Construct):
    """A ValidatingAdmissionPolicy (admissionregistration.k8s.io/v1, Kubernetes 1.30) and its binding for each rule.

    Nothing has to be installed. Both are cluster-scoped; put them into a chart whose namespace they are about.

    Args:
        mode: What follows when a rule is broken.
        rules: Which ones; without it, all that the library brings but digests (`admission_rules`).
        modes: What follows for a rule by its name, where that is something else.
        namespaces: Where they hold; without it, in the chart's own namespace.
        name: What the names of all objects start with, unique in the cluster; without it, the chart's namespace.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    policies: Mapping[str, Manifest]
    """The policies by the names of their rules."""

    bindings: Mapping[str, Manifest]
    """What puts each policy in force."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        mode: AdmissionMode,
        rules: Sequence[AdmissionRule] | None = None,
        modes: Mapping[str, AdmissionMode] | None = None,
        namespaces: AdmissionScope | None = None,
        name: str | None = None,
    ) -> None:
        what = judged(scope, name=name, mode=mode, rules=rules, modes=modes, namespaces=namespaces)
        super().__init__(scope, id)
        self.policies = {each.rule.name: self._policy(each) for each in what}
        self.bindings = {each.rule.name: self._binding(each) for each in what}

    def _policy(self, each: Judged) -> Manifest:
        rule = each.rule
        spec = {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": rule.resource_rules},
            "variables": rule.named_variables,
            "validations": [{"expression": rule.expression, "messageExpression": rule.message, "reason": "Forbidden"}],
        }
        return Manifest(
            self,
            f"policy-{rule.name}",
            {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "spec": spec},
            name=each.name,
            labels=each.labels,
            annotations={"description": rule.why},
        )

    def _binding(self, each: Judged) -> Manifest:
        spec = {
            "policyName": each.name,
            "validationActions": each.mode.actions,
            "matchResources": {"namespaceSelector": each.namespaces.selector},
        }
        return Manifest(
            self,
            f"binding-{each.rule.name}",
            {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "spec": spec},
            name=each.name,
            labels=each.labels,
        )
