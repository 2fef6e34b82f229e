"""Where the kinds of clusters keep their CNI plugins, and how to tell the kinds apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Directories:
    """Folders of a node.

    Args:
        net: Holds the configuration of CNI plugins.
        bin: Holds their programs.
    """

    net: str = "/etc/cni/net.d"
    bin: str = "/opt/cni/bin"


_K3S = "/var/lib/rancher/k3s"

PLATFORMS = {
    "generic": Directories(),
    "kind": Directories(),
    "minikube": Directories(),
    "k3d": Directories(net=f"{_K3S}/agent/etc/cni/net.d", bin="/bin"),
    "k3s": Directories(net=f"{_K3S}/agent/etc/cni/net.d", bin=f"{_K3S}/data/cni"),
    "eks": Directories(),
    # its nodes have no /opt/cni
    "gke": Directories(bin="/home/kubernetes/bin"),
    "aks": Directories(),
}
"""Ours to know. Elsewhere Linkerd's defaults, `generic`, are likely right."""


def detect(nodes: list[dict[str, Any]]) -> str:
    """The kind of cluster that these nodes are of, as far as the first one shows it."""
    if not nodes:
        return "generic"
    node = nodes[0]
    info = node["status"]["nodeInfo"]
    labels = node["metadata"].get("labels") or {}
    provider = str(node["spec"].get("providerID", "")).split(":")[0]
    kubelet: str = info["kubeletVersion"]
    if "+k3s" in kubelet:
        # in k3d a node is a container of k3s' own image
        return "k3d" if node["metadata"]["name"].startswith("k3d-") else "k3s"
    if "minikube.k8s.io/name" in labels:
        return "minikube"
    if provider == "kind":
        return "kind"
    if "-eks-" in kubelet:
        return "eks"
    if "-gke." in kubelet:
        return "gke"
    if provider == "azure":
        return "aks"
    return "generic"
