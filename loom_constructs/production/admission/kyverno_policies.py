"""Rules that Kyverno judges by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from constructs import Construct

from ...kubernetes import Manifest
from ...kubernetes.whole import whole
from .judged import Judged, judged
from .rule import AdmissionMode, AdmissionRule
from .scope import AdmissionScope


@whole
class KyvernoPolicies(Construct):
    """A ValidatingPolicy (policies.kyverno.io/v1) for each rule.

    For clusters that have Kyverno; tried with 1.19. What it finds in the background is in its reports.

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

    def _policy(self, each: Judged) -> Manifest:
        rule = each.rule
        spec = {
            "validationActions": each.mode.actions,
            "failurePolicy": "Fail",
            # templates are judged by the rules themselves: Kyverno makes none of its own
            "autogen": {
                "podControllers": {"controllers": []},
                "validatingAdmissionPolicy": {"enabled": False},
            },
            "evaluation": {"background": {"enabled": True}},
            "matchConstraints": {"namespaceSelector": each.namespaces.selector, "resourceRules": rule.resource_rules},
            "variables": rule.named_variables,
            "validations": [{"expression": rule.expression, "messageExpression": rule.message}],
        }
        return Manifest(
            self,
            f"policy-{rule.name}",
            {"apiVersion": "policies.kyverno.io/v1", "kind": "ValidatingPolicy", "spec": spec},
            name=each.name,
            labels=each.labels,
            annotations={"policies.kyverno.io/description": rule.why},
        )
