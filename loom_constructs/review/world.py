"""Everything and everybody of one review: rendered pods, their surroundings, strangers, addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from . import mesh as linkerd_mesh
from .addresses import networks_in, representatives
from .ends import Address, Object, Pod, Port
from .expectation import Expectation, Peer
from .manifests import Manifests, Workload
from .numbered import EVERYWHERE, Ends
from .strangers import strangers
from .surroundings import of_expectation, of_policies, owners

MESH_PORTS = (
    Port(linkerd_mesh.INBOUND, "TCP", "linkerd-proxy"),
    Port(linkerd_mesh.ADMIN, "TCP", "linkerd-admin"),
    Port(linkerd_mesh.TAP, "TCP"),
)
"""What the proxy adds to a meshed pod."""


@dataclass(frozen=True, eq=False)
class World:
    """Who there is.

    Args:
        workloads: What is rendered, with the pods that stand for it.
        networks: All that are mentioned; they cut the address space into the parts that addresses stand for.
        namespaces: Labels of those that the manifests name.
        mesh: Whether Linkerd runs.
    """

    ends: Ends
    workloads: tuple[tuple[Workload, Pod], ...]
    networks: frozenset[str]
    namespaces: Mapping[str, Mapping[str, str]]
    mesh: bool

    @classmethod
    def of(
        cls, manifests: Manifests, expectation: Expectation | None, mesh: bool, before: World | None = None
    ) -> World:
        """Everybody, from the manifests and what is meant.

        Args:
            before: A world of nearly the same manifests and the same expectation; what is the same is taken from it.
        """
        workloads = [(w, _pod(manifests, w, expectation, mesh)) for w in manifests.workloads]
        rendered = [p for _, p in workloads]
        networks = frozenset(networks_in(manifests.objects)) | frozenset(_networks_of(expectation))
        if before is not None and expectation is not None and networks <= before.networks:
            old = [p for _, p in before.workloads]
            same = (before.mesh, before.namespaces) == (mesh, manifests.namespaces)
            if same and [_signature(p) for p in old] == [_signature(p) for p in rendered]:
                pairs = zip((w for w, _ in workloads), old, strict=True)
                return cls(before.ends, tuple(pairs), before.networks, before.namespaces, mesh)
        around = list(of_expectation(expectation, rendered) if expectation else of_policies(manifests, rendered, mesh))
        known = [*rendered, *around]
        there = [*manifests.namespaces, *([linkerd_mesh.CONTROL_PLANE] if mesh else [])]
        rest = strangers(known, there, expectation, mesh)
        peers = expectation.peers.values() if expectation else _peers_of_blocks(manifests)
        ends = Ends([*known, *rest, *_addresses(networks, list(peers))], manifests.namespaces)
        return cls(ends, tuple(workloads), networks, manifests.namespaces, mesh)


def _pod(manifests: Manifests, workload: Workload, expectation: Expectation | None, mesh: bool) -> Pod:
    meshed = mesh and manifests.meshed(workload)
    added = linkerd_mesh.injected_labels(workload.kind, workload.name, workload.namespace) if meshed else {}
    labels = {**workload.labels, **added}
    mine = owners(expectation, workload.namespace, labels)
    named = [expectation.peers[n] for n in sorted(mine) if expectation.peers[n].labels] if expectation else []
    closest = max(named, key=lambda p: len(p.labels), default=None)
    return Pod(
        closest.name if closest else f"{workload.namespace}/{workload.name}",
        workload.namespace,
        labels,
        ports=(*workload.ports, *(MESH_PORTS if meshed else ())),
        host_network=workload.host_network,
        service_account=workload.service_account,
        meshed=meshed,
        rendered=True,
        stands_for=mine,
        skips_in=_skipped(manifests, workload, linkerd_mesh.SKIP_INBOUND) if meshed else (),
        skips_out=_skipped(manifests, workload, linkerd_mesh.SKIP_OUTBOUND) if meshed else (),
    )


def _skipped(manifests: Manifests, workload: Workload, annotation: str) -> tuple[range, ...]:
    return tuple(linkerd_mesh.port_list(annotation, manifests.annotation(workload, annotation) or ""))


def _signature(pod: Pod) -> tuple[object, ...]:
    return (pod.name, pod.namespace, dict(pod.labels), pod.ports, pod.service_account, *_mesh(pod))


def _mesh(pod: Pod) -> tuple[object, ...]:
    return (pod.meshed, pod.host_network, pod.skips_in, pod.skips_out)


def _networks_of(expectation: Expectation | None) -> Iterator[str]:
    for peer in expectation.peers.values() if expectation else ():
        yield from (*peer.networks, *peer.exceptions)


def _peers_of_blocks(manifests: Manifests) -> Iterator[Peer]:
    """Peers for the ipBlocks of all policies, named by their networks."""
    seen: set[str] = set()
    for block in _blocks(manifests.policies):
        cidr, exceptions = block["cidr"], tuple(block.get("except") or ())
        name = cidr + (f" except {', '.join(exceptions)}" if exceptions else "")
        if name not in seen:
            first = cidr in EVERYWHERE and not any(n.startswith(EVERYWHERE) for n in seen)
            seen.add(name)
            name = "internet" if first and exceptions else name
            yield Peer(name, networks=(cidr,), exceptions=exceptions)


def _blocks(policies: Iterable[Object]) -> Iterator[Object]:
    for policy in policies:
        spec = policy.get("spec") or {}
        for direction, field in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(direction) or ():
                for item in (rule or {}).get(field) or ():
                    if item.get("ipBlock") is not None:
                        yield item["ipBlock"]


def _addresses(networks: Iterable[str], peers: list[Peer]) -> Iterator[Address]:
    outside = [p for p in peers if p.is_outside]
    size = {p.name: sum(ip_network(n, strict=False).num_addresses for n in p.networks) for p in outside}
    for address in representatives(networks):
        mine = [p for p in outside if _holds(p, address)]
        name = min(mine, key=lambda p: (size[p.name], p.name)).name if mine else f"addresses such as {address}"
        yield Address(name, address, known=bool(mine), stands_for=frozenset(p.name for p in mine))


def _holds(peer: Peer, address: str) -> bool:
    ip = ip_address(address)
    return any(ip in ip_network(n, strict=False) for n in peer.networks) and not any(
        ip in ip_network(e, strict=False) for e in peer.exceptions
    )
