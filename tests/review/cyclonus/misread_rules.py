"""Wrong readings of rules, and of what is empty or missing."""

from __future__ import annotations

from .walk import Part, peers, rules

NOBODY = {"podSelector": {"matchLabels": {"nobody": "at-all"}}}


def takes_empty_peers_as_nobody(spec: Part) -> None:
    for side, rule in rules(spec):
        if side in rule and not rule[side]:
            rule[side] = [NOBODY]


def takes_missing_peers_as_nobody(spec: Part) -> None:
    for side, rule in rules(spec):
        rule.setdefault(side, [NOBODY])


def takes_no_rules_as_everything(spec: Part) -> None:
    for way in ("ingress", "egress"):
        spec[way] = spec.get(way) or [{}]


def takes_only_the_first_rule(spec: Part) -> None:
    for way in ("ingress", "egress"):
        if spec.get(way):
            del spec[way][1:]


def takes_no_types_as_both(spec: Part) -> None:
    spec["policyTypes"] = spec.get("policyTypes") or ["Ingress", "Egress"]


def takes_no_types_as_ingress(spec: Part) -> None:
    spec["policyTypes"] = spec.get("policyTypes") or ["Ingress"]


def takes_types_from_the_rules(spec: Part) -> None:
    spec["policyTypes"] = [way.capitalize() for way in ("ingress", "egress") if spec.get(way)] or ["Ingress"]


def forgets_except(spec: Part) -> None:
    for peer in peers(spec):
        peer.get("ipBlock", {}).pop("except", None)


def forgets_addresses(spec: Part) -> None:
    for side, rule in rules(spec):
        rule[side] = [NOBODY if "ipBlock" in peer else peer for peer in rule.get(side) or []]


READINGS = (
    takes_empty_peers_as_nobody,
    takes_missing_peers_as_nobody,
    takes_no_rules_as_everything,
    takes_only_the_first_rule,
    takes_no_types_as_both,
    takes_no_types_as_ingress,
    takes_types_from_the_rules,
    forgets_except,
    forgets_addresses,
)
