"""Linkerd's ports, annotations and names, as far as they decide who can reach whom."""

from __future__ import annotations

from collections.abc import Mapping

INBOUND = 4143
"""Where the proxy of a meshed server takes everything that comes from meshed clients."""
TAP = 4190
"""Where the proxy is watched; it checks its client itself."""
ADMIN = 4191
"""The proxy's metrics."""
DIRECT = (TAP, ADMIN)
"""Always dialled at their own number, never through `INBOUND`."""

CONTROL_PLANE = "linkerd"
"""The namespace of Linkerd itself; its pods are dialled at their real ports."""
CONTROL_PLANE_PORTS = {8080: "identity", 8086: "destination", 8090: "policy"}
"""What every proxy needs there."""

INJECT = "linkerd.io/inject"
DEFAULT_POLICY = "config.linkerd.io/default-inbound-policy"
OPAQUE = "config.linkerd.io/opaque-ports"
SKIP_INBOUND = "config.linkerd.io/skip-inbound-ports"
SKIP_OUTBOUND = "config.linkerd.io/skip-outbound-ports"
IDENTITY_REQUIRED = "config.linkerd.io/proxy-require-identity-inbound-ports"
OPAQUE_WITHOUT_ANNOTATION = "25,587,3306,4444,5432,6379,9300,11211"

CLUSTER_NETWORKS = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8")
"""Where Linkerd takes pods to be, unless it is told otherwise."""

POLICIES = {
    "all-unauthenticated": (None, None),
    "all-authenticated": (("*",), None),
    "cluster-unauthenticated": (None, CLUSTER_NETWORKS),
    "cluster-authenticated": (("*",), CLUSTER_NETWORKS),
    "audit": (None, None),
    "deny": ((), None),
}
"""What each value of accessPolicy and of the annotation lets in: identities (None: nobody proves any), networks."""

UNLESS_SAID = "all-unauthenticated"
"""What Linkerd does at a port without a Server when no annotation says otherwise."""

SERVED = {
    ("policy.linkerd.io", "Server"): ("v1beta3", "v1beta2", "v1beta1", "v1alpha1"),
    ("policy.linkerd.io", "AuthorizationPolicy"): ("v1alpha1",),
    ("policy.linkerd.io", "MeshTLSAuthentication"): ("v1alpha1",),
    ("policy.linkerd.io", "NetworkAuthentication"): ("v1alpha1",),
    ("policy.linkerd.io", "HTTPLocalRateLimitPolicy"): ("v1alpha1",),
    ("policy.linkerd.io", "EgressNetwork"): ("v1alpha1",),
    ("policy.linkerd.io", "ServerAuthorization"): ("v1beta1", "v1alpha1"),
    ("policy.linkerd.io", "HTTPRoute"): ("v1beta3", "v1beta2", "v1beta1", "v1alpha1"),
    ("gateway.networking.k8s.io", "HTTPRoute"): ("v1", "v1beta1"),
    ("gateway.networking.k8s.io", "GRPCRoute"): ("v1",),
    ("linkerd.io", "ServiceProfile"): ("v1alpha2", "v1alpha1"),
    ("networking.k8s.io", "NetworkPolicy"): ("v1",),
}
"""The versions that a cluster serves, the best first; an object at another version is not there."""


def identity(service_account: str, namespace: str) -> str:
    """The name in a pod's certificate."""
    return f"{service_account}.{namespace}.serviceaccount.identity.{CONTROL_PLANE}.cluster.local"


def identity_matches(pattern: str, name: str) -> bool:
    """Whether an entry of `identities` means this name: all of it, `*`, or `*.` and its end."""
    if pattern == "*":
        return True
    return name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern


def injected(pod: Mapping[str, str], namespace: Mapping[str, str], host_network: bool) -> bool:
    """Whether pods with these annotations, in a namespace with these, get a proxy; the pod's own word counts."""
    return not host_network and pod.get(INJECT, namespace.get(INJECT)) in ("enabled", "ingress")


def injected_labels(kind: str, name: str, namespace: str) -> dict[str, str]:
    """The labels that injection adds to a pod, which selectors may rely on."""
    return {
        "linkerd.io/control-plane-ns": CONTROL_PLANE,
        "linkerd.io/workload-ns": namespace,
        f"linkerd.io/proxy-{kind.lower()}": name,
    }


def port_list(annotation: str, text: str) -> list[range]:
    """The ports of a list such as `4222,6222-6224`.

    Raises:
        ValueError: It is no such list.
    """
    found = []
    for entry in filter(None, (e.strip() for e in str(text).split(","))):
        first, _, last = entry.partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            raise ValueError(f"{annotation} must be a list of ports such as 4222,6222-6224, got {text!r}")
        found.append(range(int(first), int(last or first) + 1))
    return found
