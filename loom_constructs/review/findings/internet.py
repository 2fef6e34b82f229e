"""Egress that means something else than it says, or reaches what it should not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network

from ..addresses import METADATA
from ..review import Review
from ..rule import Rule

ADDRESS = METADATA.partition("/")[0]


def find(review: Review) -> Iterator[str]:
    """All namespaces instead of the internet, and addresses that hand out a node's credentials."""
    for policy in review.network.policies:
        for rule in policy.egress:
            for item in policy.text["spec"]["egress"][rule.number].get("to") or ():
                block = item.get("ipBlock")
                if block is not None and _holds(block["cidr"], block.get("except") or ()):
                    yield (
                        f"{rule}: ipBlock {block['cidr']} lets pods reach {ADDRESS}, where clouds hand out the "
                        f"credentials of the node; add {METADATA} to except"
                    )
                if item.get("namespaceSelector") == {} and not item.get("podSelector") and _names_443(rule):
                    yield (
                        f"{rule}: namespaceSelector {{}} means every pod of the cluster, not the internet; for that "
                        "say ipBlock with cidr 0.0.0.0/0 and the cluster's own networks as except"
                    )


def _holds(cidr: str, exceptions: Sequence[str]) -> bool:
    address = ip_address(ADDRESS)
    return address in ip_network(cidr, strict=False) and not any(
        address in ip_network(e, strict=False) for e in exceptions
    )


def _names_443(rule: Rule) -> bool:
    return rule.ports is not None and any(p.first == p.last == 443 for p in rule.ports)
