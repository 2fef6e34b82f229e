"""Pods that cannot look names up."""

from __future__ import annotations

from collections.abc import Iterator

from ..ends import Pod
from ..review import Review


def find(review: Review) -> Iterator[str]:
    """DNS over UDP only, and pods that may call others but nobody who could tell their addresses."""
    paths, ends = review.paths, review.world.ends
    for policy in review.network.policies:
        pods = [e for e in ends.listed(policy.subjects) if isinstance(e, Pod)]
        for rule in policy.egress:
            over_udp = rule.egress_to(ends, 53, "UDP") if rule.ports else 0
            if over_udp and any(over_udp & ~paths.out(pod, 53, "TCP") for pod in pods):
                yield f"{rule} allows DNS over UDP only; add port 53 with protocol TCP, which long answers need"
    for _, pod in review.world.workloads:
        if not review.network.egress_policies(pod) or paths.out(pod, 53, "UDP"):
            continue
        called = 0
        for port, protocol in paths.universe:
            called |= paths.out(pod, port, protocol) & ends.pods
        if called:
            name = min((not e.known, e.name) for e in ends.listed(called))[1]
            yield (
                f"{pod.name} can reach no DNS, and may call {name}; allow port 53 UDP and TCP to the pods labelled "
                "k8s-app=kube-dns of the namespace with kubernetes.io/metadata.name: kube-system"
            )
