"""What the three constructs have in common: which rules, where, and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    """Checked arguments of a construct."""

    name: str
    rules: tuple[AdmissionRule, ...]
    modes: Mapping[str, AdmissionMode]
    scope: AdmissionScope

    def __iter__(self) -> Iterator[tuple[AdmissionRule, AdmissionMode, str]]:
        """Each rule, what follows when it is broken, and the name of its objects."""
        return ((rule, self.modes[rule.name], f"{self.name}-{rule.name}") for rule in self.rules)

    def labels(self, name: str) -> dict[str, str]:
        """Of an object."""
        return {
            "app.kubernetes.io/name": "admission",
            "app.kubernetes.io/instance": name,
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
) -> Judged:
    """Checks what the constructs take.

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
    return Judged(
        name=prefix,
        rules=chosen,
        modes={rule.name: (modes or {}).get(rule.name, mode) for rule in chosen},
        scope=namespaces or AdmissionScope((here,)),
    )
