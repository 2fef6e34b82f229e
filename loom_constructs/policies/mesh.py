"""How an environment uses Linkerd."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from cdk8s import Size

from ..kubernetes import Cpu, Resources
from ..kubernetes.checks import dns_label, dns_name, instance, one_of, refuse

PROXY_PORT = 4143
"""Where whatever one meshed pod sends to another arrives, whichever port is meant."""

TAP_PORT = 4190
ADMIN_PORT = 4191
"""The proxy's own ports, which are dialled directly."""

INJECTED = "linkerd.io/control-plane-ns"
"""The label that Linkerd's injector puts on pods that get a proxy."""


class MeshMode(StrEnum):
    """Whether Linkerd is there."""

    OFF = "off"
    """Never: policies carry the ports of the programs."""

    ADD_ON = "add-on"
    """Perhaps later: policies carry the ports of the programs, and a second set, applied with Linkerd, adds its own."""

    ON = "on"
    """Always: between meshed pods only the proxies' port is open, and each program is called by identity."""


def _proxy() -> Resources:
    # the memory of Linkerd's high-availability values; a proxy seldom needs a core
    return Resources(
        cpu=Cpu.millis(20), memory=Size.mebibytes(20), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(250)
    )


@dataclass(frozen=True)
class Mesh:
    """How an environment uses Linkerd (2.20; Kubernetes 1.31 or newer).

    Args:
        mode: Whether Linkerd is there.
        viz: Whether its extension viz, in `linkerd-viz`, may read metrics (4191) and tap requests (4190).
        cni: Whether its CNI plugin redirects traffic. Otherwise an init container does, which needs NET_ADMIN: Pod
            Security `restricted` does not admit it.
        namespace: Of its control plane.
        cluster_domain: The cluster's DNS domain; ServiceProfiles have it in their names.
        proxy: What each proxy gets.
    """

    mode: MeshMode
    viz: bool = False
    cni: bool = True
    namespace: str = "linkerd"
    cluster_domain: str = "cluster.local"
    proxy: Resources = field(default_factory=_proxy)

    def __post_init__(self) -> None:
        one_of("mode", self.mode, list(MeshMode))
        object.__setattr__(self, "mode", MeshMode(self.mode))
        dns_label("namespace", self.namespace)
        dns_name("cluster_domain", self.cluster_domain)
        instance("proxy", self.proxy, Resources)


NO_MESH = Mesh(MeshMode.OFF)


def is_there(argument: str, mesh: Mesh) -> None:
    """Refuses no mesh."""
    if mesh.mode is MeshMode.OFF:
        raise refuse(argument, "one that is there, MeshMode.ADD_ON or MeshMode.ON", mesh.mode.value)
