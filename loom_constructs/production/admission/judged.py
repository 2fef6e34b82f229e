"""What the three constructs have in common: which rules, where, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from constructs import Construct

from ...kubernetes import checks
from ...kubernetes.labels import MANAGER
from ...kubernetes.namespace import namespace_of
from .rule import AdmissionMode, AdmissionRule
from .rules import RULES
from .scope import AdmissionScope

_LONGEST = 63
"""Gatekeeper's kinds are labels, and policies are found by name in labels of reports."""


@dataclass(frozen=True)
class Judged:
    """A rule in force.

    Args:
        mode: What follows when it is broken.
        name: Of its objects.
    """

    rule: AdmissionRule
    mode: AdmissionMode
    name: str
    namespaces: AdmissionScope

    @property
    def labels(self) -> dict[str, str]:
        """Of its objects."""
        return {
            "app.kubernetes.io/name": "admission",
            "app.kubernetes.io/instance": self.name,
            "app.kubernetes.io/managed-by": MANAGER,
        }


def judged(
    construct: Construct,
    *,
    name: str | None,
    mode: AdmissionMode,
    rules: Sequence[AdmissionRule] | None,
    modes: Mapping[str, AdmissionMode] | None,
    namespaces: AdmissionScope | None,
) -> tuple[Judged, ...]:
    """The rules that a construct puts in force, of what it takes.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """
    here = namespace_of(construct)
    chosen = tuple(RULES if rules is None else rules)
    if not chosen:
        raise checks.refuse("rules", "at least one rule", [])
    for rule in chosen:
        checks.instance("rules", rule, AdmissionRule)
    checks.unique("rules", (rule.name for rule in chosen))
    checks.instance("mode", mode, AdmissionMode)
    for rule_name, other in (modes or {}).items():
        checks.one_of("modes", rule_name, [rule.name for rule in chosen])
        checks.instance(f"modes[{rule_name!r}]", other, AdmissionMode)
    checks.instance("namespaces", namespaces, AdmissionScope, type(None))
    prefix = here if name is None else name
    longest = max(len(rule.name) for rule in chosen)
    # Gatekeeper makes a kind of it
    checks.service_name("name", prefix, longest=_LONGEST - longest - 1)
    where = namespaces or AdmissionScope((here,))
    return tuple(Judged(r, (modes or {}).get(r.name, mode), f"{prefix}-{r.name}", where) for r in chosen)
