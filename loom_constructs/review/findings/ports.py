"""Ports in NetworkPolicies that nobody serves."""

from __future__ import annotations

from collections.abc import Iterator

from ..ends import Object, Pod
from ..review import Review
from ..rule import Policy, PortRange, Rule
from ..world import MESH_PORTS


def find(review: Review) -> Iterator[str]:
    """Numbers and names of ports that no selected pod has, at the server's side of each rule."""
    for policy in review.network.policies:
        for rule in policy.ingress:
            servers = policy.subjects & review.known
            yield from _rule(review, policy, rule, servers)
        for rule in policy.egress:
            yield from _rule(review, policy, rule, rule.peers & review.known)


def _rule(review: Review, policy: Policy, rule: Rule, servers: int) -> Iterator[str]:
    if not servers or servers & ~review.rendered:
        return  # what others serve nobody knows here
    pods = [e for e in review.world.ends.listed(servers) if isinstance(e, Pod)]
    for entry in _entries(policy, rule):
        port = PortRange.of(entry)
        if entry.get("port") is None or any(_has(review, pod, port) for pod in pods):
            continue
        there = sorted({(p.name or str(p.number)) if port.name else str(p.number) for pod in pods for p in pod.ports})
        names = ", ".join(sorted({p.name for p in pods})[:3])
        what = "has" if port.name else "serves"
        rest = f"{names} {what} {', '.join(there) or 'none'}"
        yield f"{rule} names port {entry['port']}, which no selected pod {what}; {rest}"


def _entries(policy: Policy, rule: Rule) -> list[Object]:
    rules = policy.text["spec"].get(rule.direction) or ()
    return list((rules[rule.number] or {}).get("ports") or ())


def _has(review: Review, pod: Pod, port: PortRange) -> bool:
    extra = MESH_PORTS if any(p is pod and review.manifests.meshed(w) for w, p in review.world.workloads) else ()
    for served in (*pod.ports, *extra):
        if served.protocol != port.protocol:
            continue
        if served.name == port.name if port.name else port.covers(served.number, served.protocol):
            return True
    return False
