"""Linkerd: each program is called by those identities only that say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import jsii
from constructs import Construct, IValidation

from ..kubernetes import Manifest, Namespace, UniqueNames, Workload, checks, namespace_of
from ..kubernetes.whole import whole
from ..traffic import Call, Peer, Wire, read_calls
from .authorizations import GROUP, addresses, allow_identities, allow_networks, is_everyone, server
from .injection import inject
from .linkerd_network import linkerd_network
from .mesh import ADMIN_PORT, is_there
from .network_policies import NetworkPolicies
from .packets import through_proxies
from .probes import allow_grpc_probes, grpc_probe_ports
from .rules import Pods, pods
from .surroundings import observers


@dataclass
class _Port:
    """A port of some pods, and who calls it."""

    server: Peer
    wire: Wire
    number: int
    clients: list[Peer] = field(default_factory=list)
    probed: bool = False

    @property
    def name(self) -> str:
        return f"{self.server.pods}-{self.number}"


@whole
@jsii.implements(IValidation)
class MeshPolicies(Construct):
    """Linkerd for its chart's namespace: injection, and mutual TLS for every call.

    It marks the pods of the whole namespace for injection and denies by default. Each port that is called gets a
    `Server`, and an `AuthorizationPolicy` that names the ServiceAccounts of its callers; callers outside the mesh are
    let in by their address, and only where a call says so. Probes pass. It reads the calls of the whole app, so make it
    last: a later call is refused.

    Where the mesh is an add-on, put it into a chart of its own, which is applied with Linkerd; what it marks on pods
    and Services is rendered in their own charts and does nothing without Linkerd.

    Args:
        network: The `NetworkPolicies` of the same namespace, which say how Linkerd is used; not `MeshMode.OFF`.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    servers: dict[str, Manifest]
    """The `Server` objects by name: `<workload>-<port>`."""

    authorizations: list[Manifest]
    """Who is let in: `AuthorizationPolicy` objects and what they refer to."""

    network_policies: Sequence[Manifest]
    """What the proxies need of the network."""

    namespace: str
    """Whose pods they are about."""

    def __init__(self, scope: Construct, id: str, *, network: NetworkPolicies) -> None:
        checks.instance("network", network, NetworkPolicies)
        mesh, here = network.mesh, namespace_of(scope)
        is_there("network.mesh", mesh)
        if network.namespace != here:
            raise checks.refuse("network", f"of namespace {here}", network.namespace)
        if not mesh.cni and any(
            isinstance(n, Namespace) and n.manifest.name == here for n in scope.node.root.node.find_all()
        ):
            rule = f"True: namespace {here} enforces restricted, and Linkerd's init container needs NET_ADMIN"
            raise checks.refuse("mesh.cni", rule, mesh.cni)
        super().__init__(scope, id)
        self.namespace = here
        UniqueNames.guard(self)
        self._calls = calls = read_calls(self, here)
        inject(self, here, calls, mesh)
        self.network_policies = linkerd_network(self, calls, namespace=here, mesh=mesh, dns=network.dns)
        self.servers = {}
        self.authorizations = []
        for port in self._ports(calls, here):
            selector = {"matchLabels": dict(port.server.labels)}
            self._open(port.name, selector=selector, port=port.number, wire=port.wire, clients=port.clients)
            if port.probed:
                self.authorizations += allow_grpc_probes(self, self.servers[port.name])
        metrics = [peer for peer, number in observers(mesh) if number == ADMIN_PORT]
        if metrics:
            # the proxies' own metrics, of every pod
            self._open("linkerd-admin", selector={}, port="linkerd-admin", wire=Wire.HTTP, clients=metrics)
        network.completed = True
        self.node.add_validation(self)

    def validate(self) -> list[str]:
        """Refuses calls through proxies of which one end has none."""
        meshed = {n.namespace for n in self.node.root.node.find_all() if isinstance(n, MeshPolicies)}
        ends = {
            (end.name, end.namespace)
            for call in self._calls
            if through_proxies(call)
            for end in (call.client, call.to.server)
            if end.workload is not None and end.namespace not in meshed
        }
        return [
            f"{name} of namespace {namespace} is called or calls through the mesh, and has no proxy; "
            f"add MeshPolicies to {namespace}, or say Peer.of(..., meshed=False)"
            for name, namespace in sorted(ends)
        ]

    def _open(
        self, name: str, *, selector: Mapping[str, object], port: int | str, wire: Wire, clients: Sequence[Peer]
    ) -> None:
        self.servers[name] = server(self, name, selector=selector, port=port, protocol=wire.value)
        target = {"group": GROUP, "kind": "Server", "name": name}
        networks = addresses([c for c in clients if not c.meshed])
        meshed = [c for c in clients if c.meshed]
        if networks:
            self.authorizations += allow_networks(self, f"{name}-unmeshed", target, networks)
        # who is let in by address needs no identity besides
        if meshed and not is_everyone(networks):
            self.authorizations += allow_identities(self, name, target, meshed)

    def _ports(self, calls: Iterable[Call], namespace: str) -> list[_Port]:
        """Every port of the namespace that is called, or that the kubelet asks by gRPC."""
        found: dict[tuple[Pods, int], _Port] = {}
        for call in calls:
            to = call.to.server
            if to.namespace != namespace or not to.meshed:
                continue
            key = (pods(to.labels), call.to.pod_port)
            port = found.setdefault(key, _Port(to, call.to.wire, call.to.pod_port))
            if port.wire is not call.to.wire:
                raise checks.refuse(f"wire of {to.name}:{call.to.name}", f"{port.wire} as before", call.to.wire.value)
            port.clients.append(call.client)
        for node in self.node.root.node.find_all():
            if isinstance(node, Workload) and node.namespace == namespace:
                for number in grpc_probe_ports(node):
                    key = (pods(node.labels.selector), number)
                    port = found.setdefault(key, _Port(Peer.of(node), Wire.GRPC, number))
                    if port.wire is not Wire.GRPC:
                        rule = "gRPC, since the kubelet asks it so"
                        raise checks.refuse(f"wire of {port.name}", rule, port.wire.value)
                    port.probed = True
        return sorted(found.values(), key=lambda p: p.name)
