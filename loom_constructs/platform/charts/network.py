"""The charts of who may talk to whom."""

from __future__ import annotations

from constructs import Construct

from ...policies import LinkerdIdentity, MeshMode, MeshPolicies, NetworkPolicies, ServiceProfiles
from ..environment import Environment
from .chart import LoomChart


class NetworkChart(LoomChart):
    """Who may talk to whom: network policies, from the calls of all charts."""

    def __init__(self, scope: Construct, id: str, environment: Environment) -> None:
        super().__init__(scope, id, environment)
        self.policies = NetworkPolicies(self, "policies", mesh=environment.mesh.mesh, dns=environment.network.dns)


class MeshChart(LoomChart):
    """The same for Linkerd. Where that is an add-on, this is applied with it, from a folder of its own."""

    def __init__(self, scope: Construct, id: str, environment: Environment, *, network: NetworkPolicies) -> None:
        super().__init__(scope, id, environment)
        if environment.mesh.mode is MeshMode.ADD_ON:
            self.folder = "linkerd"
        mesh = environment.mesh.mesh
        self.policies = MeshPolicies(self, "policies", network=network)
        self.profiles = ServiceProfiles(self, "profiles", mesh=mesh)


class LinkerdIdentityChart(LoomChart):
    """Where Linkerd's certificates come from. It is applied before Linkerd, from a folder of its own."""

    folder = "linkerd-identity"

    def __init__(self, scope: Construct, id: str, environment: Environment) -> None:
        super().__init__(scope, id, environment, namespaced=False)
        self.identity = LinkerdIdentity(self, "identity")
