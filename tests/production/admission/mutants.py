"""Rules with one mistake each: a corpus that does not notice one is too small."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from loom_constructs import AdmissionRule, KyvernoPolicies
from tests.production.admission.engines import PREFIX, Object, rendered

_LENGTH = r"\{64\}"
_EDITS = (
    (r"&&", "||"),
    (r"\|\|", "&&"),
    (r"orValue\(false\)", "orValue(true)"),
    (r"orValue\(true\)", "orValue(false)"),
    (r"== ''", "!= ''"),
    (r" == ", " != "),
    (r" != ", " == "),
    (r"!\(", "("),
    (r"orValue\(1\)", "orValue(0)"),
    (r"'cpu', ", ""),
    (r", 'memory'", ""),
    (r"'app', ", ""),
    (r"'version', ", ""),
    (r", 'environment'", ""),
    (r" \+ variables\.pod\.\?initContainers\.orValue\(\[\]\)", ""),
    (r"\.all\(", ".exists("),
    (r"\.exists\(", ".all("),
    (r"in \['', 'default'\]", "in ['']"),
    (r"'RuntimeDefault', ", ""),
    (r"'ClusterIP', ", ""),
    (r" > 0", " > 1"),
    (r"c\.\?resources\.\?limits", "c.?resources.?requests"),
    (r"c\.\?resources\.\?requests", "c.?resources.?limits"),
    (_LENGTH, "{63,}"),
    (r"hostNetwork\.", "hostIPC."),
    (r"hostPID\.", "hostIPC."),
    (r"hostIPC\.", "hostPID."),
)


@dataclass(frozen=True)
class Mutant:
    """A policy with a mistake, under a name of its own."""

    name: str
    rule: str
    policy: Object


def mutants(rules: Iterable[AdmissionRule]) -> Iterator[Mutant]:
    """Every rule, dropped, negated, and with every one of the small mistakes that it can have."""
    for rule in rules:
        [policy] = rendered(KyvernoPolicies, [rule])
        edited: list[tuple[str, Object]] = [
            ("negated", _with(policy, validation=f"!({rule.expression})")),
            ("dropped", _with(policy, validation="true")),
            ("nothing is exempt", _with(policy, exempt="false")),
            ("all are exempt", _with(policy, exempt="true")),
            ("all are settled", _with(policy, settled="true")),
        ]
        edited += [(f"without {o}", *rendered(KyvernoPolicies, [_without(rule, o)])) for o in rule.operators]
        for part in ("faults", "containers"):
            used = part == "faults" or "variables.containers" in rule.faults
            text = rule.variables[part] if used else ""
            for pattern, replacement in _EDITS:
                if rule.name == "image-digests" and pattern == _LENGTH:
                    # what is almost a digest the rule about tags refuses too, so no manifest has only this fault
                    continue
                for found in re.finditer(pattern, text):
                    wrong = text[: found.start()] + replacement + text[found.end() :]
                    edited.append((f"{part}: {wrong}", _with(policy, **{part: wrong})))
        for number, (what, made) in enumerate(edited):
            if made["spec"] != policy["spec"]:
                name = f"{PREFIX}-{rule.name}-{number}"
                yield Mutant(f"{rule.name}: {what}", rule.name, {**made, "metadata": {"name": name}})


def _without(rule: AdmissionRule, operator: str) -> AdmissionRule:
    return replace(rule, operators=tuple(o for o in rule.operators if o != operator))


def _with(policy: Object, validation: str | None = None, **variables: str) -> Object:
    spec = policy["spec"]
    changed = [{**v, "expression": variables.get(v["name"], v["expression"])} for v in spec["variables"]]
    [rule] = spec["validations"]
    validations = [rule if validation is None else {**rule, "expression": validation}]
    return {**policy, "spec": {**spec, "variables": changed, "validations": validations}}
