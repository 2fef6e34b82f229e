"""Linkerd's CNI plugin. It does on the node what an init container would need NET_ADMIN for.

Pod Security `restricted` refuses that init container, so the plugin is the only way into our namespaces.
"""

from __future__ import annotations

from ..kubectl import DeliveryError, find, kubectl
from .cluster import nodes
from .helm import release
from .platforms import PLATFORMS, detect
from .programs import linkerd
from .send import send
from .steps import NOTHING
from .versions import chart

NAMESPACE = "linkerd-cni"
DAEMON_SET = "linkerd-cni"


def install(version: str, *, platform: str | None, by_helm: bool, timeout: int) -> str:
    """Installs the plugin on every node and waits until it is there."""
    refuse_exclusive_cilium()
    kind = platform or detect(nodes())
    places = PLATFORMS[kind]
    new = find("namespace", NAMESPACE) is None
    if new:
        kubectl("create", "namespace", NAMESPACE)
    # it writes to the node's folders; a label of its own, since the manifest of `install-cni` may or may not set it
    kubectl("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=privileged", "--overwrite")
    if by_helm:
        # the repair controller deletes pods that were faster than the plugin on a new node
        values = {
            "destCNINetDir": places.net,
            "destCNIBinDir": places.bin,
            "repairController": {"enabled": True},
        }
        changed = release(
            "linkerd-cni", "linkerd2-cni", namespace=NAMESPACE, version=chart(version), values=values, timeout=timeout
        )
    else:
        folders = ("--dest-cni-net-dir", places.net, "--dest-cni-bin-dir", places.bin)
        changed = send(linkerd("install-cni", *folders))
    kubectl("rollout", "status", f"daemonset/{DAEMON_SET}", "--namespace", NAMESPACE, f"--timeout={timeout}s")
    how = f"{kind}: {places.net}, {places.bin}"
    return f"installed ({how})" if new or changed else f"{NOTHING} ({how})"


def refuse_exclusive_cilium() -> None:
    """Stops where Cilium takes other plugins out of use: pods would come up outside of the mesh, or not at all."""
    cilium = find("configmap", "cilium-config", "--namespace", "kube-system")
    if cilium and (cilium.get("data") or {}).get("cni-exclusive") == "true":
        raise DeliveryError(
            "cni.exclusive of Cilium must be false, got true: it would take Linkerd's plugin out of use; "
            "helm upgrade cilium cilium/cilium --namespace kube-system --reuse-values --set cni.exclusive=false"
        )


def lacking() -> str | None:
    """What is wrong with the plugin, in a line, or None."""
    found = find("daemonset", DAEMON_SET, "--namespace", NAMESPACE)
    if found is None:
        return f"DaemonSet {DAEMON_SET} of namespace {NAMESPACE} is not there"
    status = found.get("status", {})
    ready, wanted = status.get("numberReady", 0), status.get("desiredNumberScheduled", 0)
    return None if ready == wanted else f"DaemonSet {DAEMON_SET} is ready on {ready} of {wanted} nodes"
