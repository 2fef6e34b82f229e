"""The ports that matter: every number that is mentioned, one for each stretch between, and one that nobody mentions."""

from __future__ import annotations

from collections.abc import Iterable

from .ends import Object, Pod
from .expectation import Call

PROTOCOLS = ("TCP", "UDP", "SCTP")


def universe(
    policies: Iterable[Object], pods: Iterable[Pod], calls: Iterable[Call], more: Iterable[int] = ()
) -> list[tuple[int, str]]:
    """Ports and protocols such that every port is treated by every policy like one of these.

    The first of each protocol is a port that nobody mentions: what is allowed there is allowed at any port.
    """
    single: dict[str, set[int]] = {p: set() for p in PROTOCOLS}
    ranges: dict[str, list[tuple[int, int]]] = {p: [] for p in PROTOCOLS}
    for pod in pods:
        for port in pod.ports:
            single[port.protocol].add(port.number)
    for call in calls:
        single[call.protocol].add(call.port)
    single["TCP"] |= set(more)
    for policy in policies:
        spec = policy.get("spec") or {}
        for rule in [*(spec.get("ingress") or ()), *(spec.get("egress") or ())]:
            for entry in (rule or {}).get("ports") or ():
                number, protocol = entry.get("port"), entry.get("protocol") or "TCP"
                if isinstance(number, int):
                    last = entry.get("endPort") or number
                    (single[protocol].add(number) if last == number else ranges[protocol].append((number, last)))
    found = []
    for protocol in PROTOCOLS:
        numbers = single[protocol]
        for first, last in ranges[protocol]:
            numbers |= {first, last + 1} if last < 65535 else {first}
            inner = sorted(n for n in numbers if first <= n <= last)
            numbers |= {n + 1 for n in inner if n + 1 <= last}  # what lies between two that are mentioned
        stretches = ranges[protocol]
        unmentioned = next(
            (n for n in range(1, 65536) if n not in numbers and not any(a <= n <= b for a, b in stretches)), 1
        )
        found += [(n, protocol) for n in (unmentioned, *sorted(numbers))]
    return found
