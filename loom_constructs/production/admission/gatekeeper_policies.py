"""Rules that Gatekeeper judges by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from constructs import Construct

from ...kubernetes import Manifest
from ...kubernetes.whole import whole
from .judged import Judged, judged
from .rule import RESOURCES, AdmissionMode, AdmissionRule
from .scope import AdmissionScope

_ACTIONS = {AdmissionMode.AUDIT: "dryrun", AdmissionMode.WARN: "warn", AdmissionMode.DENY: "deny"}


@whole
class GatekeeperPolicies(Construct):
    """A ConstraintTemplate (templates.gatekeeper.sh/v1, in CEL) and a constraint of its kind for each rule.

    For clusters that have Gatekeeper; tried with 3.23. A constraint is of a kind that its template makes, so the
    templates are applied first, and the constraints when `kubectl get crd` shows their kinds.

    Args:
        mode: What follows when a rule is broken.
        rules: Which ones; without it, all that the library brings but digests (`admission_rules`).
        modes: What follows for a rule by its name, where that is something else.
        namespaces: Where they hold; without it, in the chart's own namespace.
        name: What the names of all objects start with, unique in the cluster; without it, the chart's namespace.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    templates: Mapping[str, Manifest]
    """What makes a kind of constraints, by the names of the rules."""

    constraints: Mapping[str, Manifest]
    """What puts each template in force."""

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
        self.templates = {each.rule.name: self._template(each) for each in what}
        self.constraints = {each.rule.name: self._constraint(each) for each in what}

    def _template(self, each: Judged) -> Manifest:
        rule, kind = each.rule, _kind(each.name)
        source = {
            "failurePolicy": "Fail",
            "variables": rule.named_variables,
            "validations": [{"expression": rule.expression, "messageExpression": rule.message}],
        }
        spec = {
            # there is nothing to set; without a type at every level the schema is refused
            "crd": {
                "spec": {
                    "names": {"kind": kind},
                    "validation": {"legacySchema": False, "openAPIV3Schema": {"type": "object"}},
                }
            },
            "targets": [
                {
                    "target": "admission.k8s.gatekeeper.sh",
                    "code": [{"engine": "K8sNativeValidation", "source": source}],
                }
            ],
        }
        return Manifest(
            self,
            f"template-{rule.name}",
            {"apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate", "spec": spec},
            # Gatekeeper finds a template by its kind
            name=kind.lower(),
            labels=each.labels,
            annotations={"description": rule.why},
        )

    def _constraint(self, each: Judged) -> Manifest:
        kinds = [{"apiGroups": [r.group], "kinds": [r.kind]} for r in RESOURCES[each.rule.subject]]
        spec = {
            "enforcementAction": _ACTIONS[each.mode],
            "match": {"kinds": kinds, "namespaceSelector": each.namespaces.selector},
        }
        return Manifest(
            self,
            f"constraint-{each.rule.name}",
            {"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": _kind(each.name), "spec": spec},
            name=each.name,
            labels=each.labels,
        )


def _kind(name: str) -> str:
    """A kind for a name: `loom-non-root` is `LoomNonRoot`."""
    return "".join(part.capitalize() for part in name.split("-"))
