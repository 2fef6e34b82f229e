"""NetworkPolicies: nothing goes in or out but what calls say."""

from __future__ import annotations

from collections.abc import Mapping

import jsii
from constructs import Construct, IValidation

from ..kubernetes import Manifest, UniqueNames, checks, namespace_of
from ..kubernetes.whole import whole
from ..traffic import read_calls
from .mesh import NO_MESH, Mesh, MeshMode
from .packets import of_lookups, of_programs
from .rules import labels, peer_policies
from .surroundings import ClusterDns


@whole
@jsii.implements(IValidation)
class NetworkPolicies(Construct):
    """Network policies for its chart's namespace: deny everything, then let through what calls say.

    It reads the calls of the whole app, so make it last: a later call is refused. Each program gets one policy with its
    name: who may call it, and whom it may call. The other namespace of a call gets its half from a `NetworkPolicies` of
    its own. Kubernetes lets the node's own traffic through, and so the kubelet's probes.

    Args:
        mesh: Where Linkerd is always there, only the proxies' port is open between meshed pods; `MeshPolicies` must
            then follow.
        dns: Who resolves names.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    default_deny: Manifest
    """Denies all pods of the namespace everything, both ways."""

    policies: Mapping[str, Manifest]
    """What lets something through, by name."""

    namespace: str
    """Whose pods they are about."""

    mesh: Mesh
    """How Linkerd is used there."""

    dns: ClusterDns
    """Who resolves names."""

    completed: bool
    """Whether `MeshPolicies` has brought what the mesh needs."""

    def __init__(self, scope: Construct, id: str, *, mesh: Mesh = NO_MESH, dns: ClusterDns | None = None) -> None:
        checks.instance("mesh", mesh, Mesh)
        checks.instance("dns", dns, ClusterDns, type(None))
        super().__init__(scope, id)
        self.mesh, self.dns, self.completed = mesh, dns or ClusterDns(), False
        self.namespace = here = namespace_of(self)
        UniqueNames.guard(self)
        calls = read_calls(self, here)
        name = "default-deny"
        self.default_deny = Manifest(
            self,
            name,
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
            },
            name=name,
            labels=labels(name),
        )
        packets = [*of_programs(calls, mesh), *of_lookups(calls, mesh, self.dns)]
        self.policies = {p.name: p for p in peer_policies(self, packets, namespace=here)}
        self.node.default_child = self.default_deny
        self.node.add_validation(self)

    def validate(self) -> list[str]:
        """Refuses to open the proxies' port only, where no proxies come."""
        if self.mesh.mode is not MeshMode.ON or self.completed:
            return []
        return [f"{self.node.path} opens the proxies' port only, and nothing is meshed; add MeshPolicies(network=...)"]
