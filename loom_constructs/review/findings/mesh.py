"""Policies that cut meshed pods off from each other, or from Linkerd; probes that the proxy refuses."""

from __future__ import annotations

from collections.abc import Iterator

from .. import mesh
from ..ends import End, Pod
from ..refused_probes import refused
from ..review import Review
from ..rule import Rule
from ..world import MESH_PORTS


def find(review: Review) -> Iterator[str]:
    """What meshed pods lack; nothing where Linkerd does not run."""
    if review.linkerd is None:
        return
    for policy in review.network.policies:
        for rule in (*policy.ingress, *policy.egress):
            yield from _cut_off(review, rule)
    for workload, pod in review.world.workloads:
        if pod.meshed:
            yield from _control_plane(review, pod)
            yield from refused(review.linkerd, workload, pod)
        value = review.manifests.annotation(workload, mesh.DEFAULT_POLICY)
        if value is not None and value not in mesh.POLICIES:
            yield f"{workload}: {mesh.DEFAULT_POLICY} must be one of {', '.join(mesh.POLICIES)}, got {value!r}"


def _cut_off(review: Review, rule: Rule) -> Iterator[str]:
    """A rule that names meshed pods at one end for meshed pods at the other, and forgets where they meet."""
    ends, policy = review.world.ends, rule.policy
    direct = (*mesh.DIRECT, *(p.name for p in MESH_PORTS))
    ports = [p for p in rule.ports or () if p.protocol == "TCP" and (p.name or p.first) not in direct]
    if not ports or not _is_about_pods(rule):
        return
    meshed = review.paths.meshed & review.known
    half = review.paths.out if rule.direction == "egress" else review.paths.into
    for subject in ends.listed(policy.subjects & meshed & review.rendered):
        others = ends.of(e for e in ends.listed(rule.peers & meshed) if _at_proxies(review, rule, subject, e))
        cut_off = others & ~half(subject, mesh.INBOUND, "TCP")
        if cut_off:
            names = ", ".join(sorted({e.name for e in ends.listed(cut_off)})[:3])
            yield (
                f"{rule} is about {names}, but {rule.direction} of {subject.name} does not allow port {mesh.INBOUND}, "
                f"which all calls between meshed pods arrive at; add {mesh.INBOUND} to its ports"
            )


def _is_about_pods(rule: Rule) -> bool:
    written = rule.policy.text["spec"][rule.direction][rule.number]
    items = written.get("from" if rule.direction == "ingress" else "to") or ()
    return bool(items) and all(i.get("ipBlock") is None for i in items)


def _at_proxies(review: Review, rule: Rule, subject: End, other: End) -> bool:
    return review.paths.has_proxy(other if rule.direction == "egress" else subject)


def _control_plane(review: Review, pod: Pod) -> Iterator[str]:
    theirs = review.world.ends.those(lambda e: isinstance(e, Pod) and e.namespace == mesh.CONTROL_PLANE)
    missing = [p for p in mesh.CONTROL_PLANE_PORTS if not review.paths.out(pod, p, "TCP") & theirs]
    if missing and pod.namespace != mesh.CONTROL_PLANE:
        ports = ", ".join(f"{p} ({mesh.CONTROL_PLANE_PORTS[p]})" for p in missing)
        yield (
            f"{pod.name} is in the mesh, but its egress does not allow Linkerd's control plane: TCP {ports} in the "
            f"namespace with kubernetes.io/metadata.name: {mesh.CONTROL_PLANE}"
        )
