"""NetworkPolicies from packets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from typing import Any

from constructs import Construct

from ..kubernetes import Manifest, plain
from ..kubernetes.checks import refuse, unique
from ..kubernetes.labels import MANAGER
from ..traffic import Peer
from .packets import Packets

Rule = dict[str, Any]
Pods = tuple[tuple[str, str], ...]
"""What selects some pods of a namespace."""


def policy(
    scope: Construct, id: str, *, name: str, selector: Mapping[str, Any], ingress: list[Rule], egress: list[Rule]
) -> Manifest:
    """A NetworkPolicy that lets through what its rules say, and limits the directions that it has rules for."""
    types = [kind for kind, rules in (("Ingress", ingress), ("Egress", egress)) if rules]
    return Manifest(
        scope,
        id,
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "spec": {"podSelector": dict(selector), "policyTypes": types, **plain(ingress=ingress, egress=egress)},
        },
        name=name,
        labels=labels(name),
    )


def labels(name: str) -> dict[str, str]:
    """Of an object that is derived from calls."""
    return {
        "app.kubernetes.io/name": "traffic",
        # a label is shorter than a name may be
        "app.kubernetes.io/instance": name[:63].rstrip("-."),
        "app.kubernetes.io/managed-by": MANAGER,
    }


def peer_policies(scope: Construct, packets: Iterable[Packets], *, namespace: str, suffix: str = "") -> list[Manifest]:
    """A policy for each peer of the namespace that sends or gets something."""
    packets = list(packets)
    known: dict[Pods, Peer] = {}
    for peer in (end for p in packets for end in (p.client, p.server) if end.namespace == namespace):
        # one program may be several peers, such as Temporal's frontend under the name of its Service
        first = known.setdefault(pods(peer.labels), peer)
        if first.workload is None:
            known[pods(peer.labels)] = peer
        elif peer.workload is not None and peer.pods != first.pods:
            raise refuse(f"labels of {peer.pods}", f"its own, not those of {first.pods}", dict(peer.labels))
    unique(f"name of a program of namespace {namespace}", (p.pods for p in known.values()))
    sent: dict[Pods, list[Packets]] = {key: [] for key in known}
    received: dict[Pods, list[Packets]] = {key: [] for key in known}
    for each in packets:
        if each.client.namespace == namespace:
            sent[pods(each.client.labels)].append(each)
        if each.server.namespace == namespace:
            received[pods(each.server.labels)].append(each)
    return [
        policy(
            scope,
            f"policy-{peer.pods}{suffix}",
            name=f"{peer.pods}{suffix}",
            selector={"matchLabels": dict(peer.labels)},
            ingress=ingress_rules(received[key], namespace),
            egress=egress_rules(sent[key], namespace),
        )
        for key, peer in sorted(known.items(), key=lambda item: item[1].pods)
    ]


def pods(labels: Mapping[str, str]) -> Pods:
    """Labels as something that a dictionary takes for a key."""
    return tuple(sorted(labels.items()))


def ingress_rules(packets: Iterable[Packets], namespace: str) -> list[Rule]:
    """Whoever may send, by the ports."""
    return _rules("from", ((p.client, p) for p in packets), namespace)


def egress_rules(packets: Iterable[Packets], namespace: str) -> list[Rule]:
    """Whoever may be sent to, by the ports."""
    return _rules("to", ((p.server, p) for p in packets), namespace)


def _rules(direction: str, packets: Iterable[tuple[Peer, Packets]], namespace: str) -> list[Rule]:
    """One rule for all who have the same ports."""
    items: dict[str, Rule] = {}
    ports: dict[str, set[tuple[int, str]]] = {}
    for other, each in packets:
        for item in selected(other, namespace):
            key = str(item)
            items[key] = item
            ports.setdefault(key, set()).add((each.port, each.protocol))
    grouped: dict[tuple[tuple[int, str], ...], list[Rule]] = {}
    for key in sorted(items):
        grouped.setdefault(tuple(sorted(ports[key])), []).append(items[key])
    return [
        {direction: others, "ports": [{"protocol": protocol, "port": port} for port, protocol in numbers]}
        for numbers, others in sorted(grouped.items(), key=lambda g: g[0])
    ]


def selected(peer: Peer, namespace: str) -> list[Rule]:
    """How a policy in this namespace names a peer."""
    if peer.is_outside:
        return [{"ipBlock": plain(cidr=cidr, **{"except": parts(peer, cidr)})} for cidr in peer.networks]
    pods: Rule = {"podSelector": plain(matchLabels=dict(sorted(peer.labels.items())))}
    if peer.namespace == namespace:
        return [pods]
    return [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": peer.namespace}}, **pods}]


def parts(peer: Peer, cidr: str) -> list[str]:
    """What of a network does not belong to a peer outside the cluster."""
    whole = ip_network(cidr)
    inner = [ip_network(part) for part in peer.excluded]
    return [str(n) for n in inner if n.version == whole.version and n.subnet_of(whole)]  # type: ignore[arg-type]
