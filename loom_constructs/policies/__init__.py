"""What follows from calls: who is let through, by NetworkPolicies and by the mesh.

Everything here reads the calls of the whole app and is made last.
"""

from .intended import intended_traffic
from .linkerd_identity import LinkerdIdentity
from .mesh import Mesh, MeshMode
from .mesh_policies import MeshPolicies
from .network_policies import NetworkPolicies
from .service_profiles import RetryBudget, ServiceProfiles
from .surroundings import ClusterDns

__all__ = [
    "ClusterDns",
    "LinkerdIdentity",
    "Mesh",
    "MeshMode",
    "MeshPolicies",
    "NetworkPolicies",
    "RetryBudget",
    "ServiceProfiles",
    "intended_traffic",
]
