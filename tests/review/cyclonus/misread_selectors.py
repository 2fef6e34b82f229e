"""Wrong readings of selectors."""

from __future__ import annotations

from .walk import Part, peers, rules, selectors


def takes_no_namespace_selector_as_all(spec: Part) -> None:
    for peer in peers(spec):
        if "podSelector" in peer:
            peer.setdefault("namespaceSelector", {})


def takes_an_empty_namespace_selector_as_its_own(spec: Part) -> None:
    for peer in peers(spec):
        if "podSelector" in peer and not any((peer.get("namespaceSelector") or {}).values()):
            peer.pop("namespaceSelector", None)


def takes_both_selectors_as_either(spec: Part) -> None:
    for side, rule in rules(spec):
        for peer in list(rule.get(side) or []):
            if len(peer) == 2:
                rule[side].append({"namespaceSelector": peer.pop("namespaceSelector")})


def forgets_expressions_beside_labels(spec: Part) -> None:
    for selector in selectors(spec):
        if selector.get("matchLabels"):
            selector.pop("matchExpressions", None)


def takes_only_the_first_value(spec: Part) -> None:
    for selector in selectors(spec):
        for expression in selector.get("matchExpressions") or []:
            if "values" in expression:
                del expression["values"][1:]


def takes_not_in_as_false_without_the_label(spec: Part) -> None:
    for selector in selectors(spec):
        expressions = selector.get("matchExpressions") or []
        expressions += [{"key": e["key"], "operator": "Exists"} for e in expressions if e["operator"] == "NotIn"]


def takes_exists_as_does_not_exist(spec: Part) -> None:
    other = {"Exists": "DoesNotExist", "DoesNotExist": "Exists"}
    for selector in selectors(spec):
        for expression in selector.get("matchExpressions") or []:
            expression["operator"] = other.get(expression["operator"], expression["operator"])


def takes_an_empty_label_as_absent(spec: Part) -> None:
    for selector in selectors(spec):
        for key, value in list((selector.get("matchLabels") or {}).items()):
            if not value:
                del selector["matchLabels"][key]
                absent = {"key": key, "operator": "DoesNotExist"}
                selector["matchExpressions"] = [*(selector.get("matchExpressions") or []), absent]


READINGS = (
    takes_no_namespace_selector_as_all,
    takes_an_empty_namespace_selector_as_its_own,
    takes_both_selectors_as_either,
    forgets_expressions_beside_labels,
    takes_only_the_first_value,
    takes_not_in_as_false_without_the_label,
    takes_exists_as_does_not_exist,
    takes_an_empty_label_as_absent,
)
