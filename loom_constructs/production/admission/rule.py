"""What the cluster refuses: one definition of each rule, whoever judges by it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ...kubernetes import checks

EXEMPTION = "admission.loom"
"""The prefix of labels by which pods and Services are let through: `admission.loom/exempt-<rule>`."""

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")


class AdmissionMode(StrEnum):
    """What follows when a rule is broken."""

    AUDIT = "Audit"
    """It is written down: in the server's audit log, or in the engine's reports."""

    WARN = "Warn"
    """The same, and whoever applies it is told."""

    DENY = "Deny"
    """It is refused."""

    @property
    def actions(self) -> list[str]:
        """What the API server and Kyverno do."""
        return ["Warn", "Audit"] if self is AdmissionMode.WARN else [str(self)]


class AdmissionSubject(StrEnum):
    """What a rule is about."""

    PODS = "pods"
    """Pods, and whatever has a template of pods."""

    SERVICES = "services"
    """Services."""


@dataclass(frozen=True)
class Resource:
    """A kind of objects, as the three engines name it."""

    group: str
    version: str
    resource: str
    kind: str


RESOURCES: Mapping[AdmissionSubject, tuple[Resource, ...]] = {
    # not ReplicaSets: a Deployment's template has been judged when one comes of it
    AdmissionSubject.PODS: (
        Resource("", "v1", "pods", "Pod"),
        Resource("apps", "v1", "deployments", "Deployment"),
        Resource("apps", "v1", "statefulsets", "StatefulSet"),
        Resource("apps", "v1", "daemonsets", "DaemonSet"),
        Resource("batch", "v1", "jobs", "Job"),
        Resource("batch", "v1", "cronjobs", "CronJob"),
    ),
    AdmissionSubject.SERVICES: (Resource("", "v1", "services", "Service"),),
}


@dataclass(frozen=True, kw_only=True)
class AdmissionRule:
    """Something that the cluster demands of pods or Services.

    Args:
        name: Of the rule, as in `non-root`.
        faults: A CEL expression that gives the names of what breaks the rule: a list of strings, empty where all is
            well. It may use `object`, `variables.template` (a pod's or its template's metadata and spec; of a Service,
            the Service), `variables.pod` (that spec) and `variables.containers` (all of the pod's: init containers,
            sidecars and ephemeral containers too).
        demand: What is demanded, after the names of `faults`: `must not run as root`.
        why: The reason, for people.
        subject: What it is about.
        labelled: Whether label `admission.loom/exempt-<name>`, with any value, on a pod (or its template, or a
            Service) lets it through.
        operators: Labels of what an operator makes that cannot keep this rule, and is let through.
    """

    name: str
    faults: str
    demand: str
    why: str
    subject: AdmissionSubject = AdmissionSubject.PODS
    labelled: bool = False
    operators: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise checks.refuse(
                "name", "at most 40 lower-case letters, digits and '-', starting with a letter", self.name
            )
        for argument in ("faults", "demand", "why"):
            if not isinstance(value := getattr(self, argument), str) or not value.strip():
                raise checks.refuse(argument, "a text", value)
        checks.instance("subject", self.subject, AdmissionSubject)
        checks.texts("operators", self.operators)

    @property
    def label(self) -> str | None:
        """The label that lets through, if there is one."""
        return f"{EXEMPTION}/exempt-{self.name}" if self.labelled else None

    @property
    def resource_rules(self) -> list[dict[str, list[str]]]:
        """The kinds it is about, as the API server and Kyverno take them."""
        return [
            {
                "apiGroups": [r.group],
                "apiVersions": [r.version],
                "operations": ["CREATE", "UPDATE"],
                # who debugs a pod adds containers to it
                "resources": [r.resource, "pods/ephemeralcontainers"] if r.kind == "Pod" else [r.resource],
            }
            for r in RESOURCES[self.subject]
        ]

    @property
    def named_variables(self) -> list[dict[str, str]]:
        """What the expressions are made of, as all three engines take it."""
        return [{"name": name, "expression": expression} for name, expression in self.variables.items()]

    @property
    def variables(self) -> dict[str, str]:
        """What the expressions are made of, by name; each may use those before it."""
        if self.subject is AdmissionSubject.SERVICES:
            found = {"template": "dyn(object)", "before": f"{_NEW} ? null : dyn(oldObject)"}
        else:
            found = {
                "template": _TEMPLATE.format("object"),
                "before": f"{_NEW} ? null : {_TEMPLATE.format('oldObject')}",
                "pod": "variables.template.spec",
                "containers": _CONTAINERS,
            }
        return {**found, "settled": _SETTLED, "exempt": self._exempt, "faults": self.faults}

    @property
    def expression(self) -> str:
        """Whether something is let through."""
        return "variables.settled || variables.exempt || size(variables.faults) == 0"

    @property
    def message(self) -> str:
        """What is said when it is not, as CEL."""
        hint = f" (or label {self.label})" if self.label else ""
        return f"{_text(self.name + ': ')} + variables.faults.join(', ') + {_text(' ' + self.demand + hint)}"

    @property
    def _exempt(self) -> str:
        own = [f"{_text(self.label)} in {_LABELS.format('variables.template')}"] if self.label else []
        made = [
            f"{_text(label)} in {_LABELS.format(where)}"
            for label in self.operators
            for where in ("dyn(object)", "variables.template")
        ]
        return " || ".join([*own, *made]) or "false"


_TEMPLATE = (
    "object.kind == 'Pod' ? dyn({0}) : "
    "object.kind == 'CronJob' ? dyn({0}).spec.jobTemplate.spec.template : dyn({0}).spec.template"
)
# Kyverno has an empty object where the others have none
_NEW = "(oldObject == null || !has(dyn(oldObject).spec))"
# what is typed by the server would be wrong for all kinds but one
_CONTAINERS = (
    "variables.pod.containers + variables.pod.?initContainers.orValue([])"
    " + variables.pod.?ephemeralContainers.orValue([])"
)
_LABELS = "{0}.?metadata.?labels.orValue({{}})"
# What is there already may be scaled, annotated and deleted, and its finalizers be removed, though it breaks a rule
# that came later: otherwise a Job would wait for its pods for ever. A change of what is judged is judged.
_SETTLED = (
    "variables.before != null && (has(dyn(object).metadata.deletionTimestamp)"
    " || variables.before.spec == variables.template.spec"
    f" && {_LABELS.format('dyn(oldObject)')} == {_LABELS.format('dyn(object)')}"
    f" && {_LABELS.format('variables.before')} == {_LABELS.format('variables.template')})"
)


def _text(value: str) -> str:
    """A string as CEL writes it."""
    return json.dumps(value, ensure_ascii=False)
