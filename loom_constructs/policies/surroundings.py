"""Programs of the cluster that pods talk to, or that talk to them, though no construct says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..kubernetes.checks import dns_label, port, refuse, text_map
from ..traffic import Endpoint, Peer, Wire
from .mesh import ADMIN_PORT, TAP_PORT, Mesh


@dataclass(frozen=True)
class ClusterDns:
    """Who resolves names.

    Args:
        namespace: Where its pods are.
        labels: What selects them; `k8s-app: kube-dns` stands on CoreDNS and kube-dns alike.
        number: The port of these pods, over UDP and TCP; on OpenShift 5353.
        networks: Where it has no pods: its addresses, such as `169.254.20.10/32` for NodeLocal DNSCache.
    """

    namespace: str = "kube-system"
    labels: Mapping[str, str] = field(default_factory=lambda: {"k8s-app": "kube-dns"}, hash=False)
    number: int = 53
    networks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        dns_label("namespace", self.namespace)
        text_map("labels", self.labels)
        if not self.labels:
            raise refuse("labels", "those of its pods, or all pods of the namespace would be meant", self.labels)
        port("number", self.number)
        assert self.peers

    @property
    def peers(self) -> list[Peer]:
        """Its pods, and its addresses if it has some."""
        pods = Peer("dns", self.namespace, self.labels)
        return [pods, *([Peer.outside("dns-cache", *self.networks)] if self.networks else [])]


def control_plane(mesh: Mesh) -> list[Endpoint]:
    """What every proxy calls: certificates, addresses, policies."""

    def component(name: str) -> Peer:
        labels = {"linkerd.io/control-plane-component": name}
        return Peer(name, mesh.namespace, labels, service_account=f"linkerd-{name}")

    identity, destination = component("identity"), component("destination")
    return [
        Endpoint(identity, "identity", "linkerd-identity-headless", 8080, wire=Wire.GRPC),
        Endpoint(destination, "destination", "linkerd-dst-headless", 8086, wire=Wire.GRPC),
        Endpoint(destination, "policy", "linkerd-policy", 8090, wire=Wire.GRPC),
    ]


def observers(mesh: Mesh) -> list[tuple[Peer, int]]:
    """Who calls every proxy, on which of its own ports."""
    if not mesh.viz:
        return []

    def component(name: str) -> Peer:
        labels = {"linkerd.io/extension": "viz", "component": name}
        return Peer(name, "linkerd-viz", labels, service_account=name, meshed=True)

    return [(component("tap"), TAP_PORT), (component("prometheus"), ADMIN_PORT)]
