"""Pods that nobody mentions, which show a rule that says too little."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .ends import Pod
from .expectation import Expectation, Peer
from .surroundings import owners

Key = tuple[tuple[str, str], ...]
"""Labels, as a dictionary's key."""


def strangers(
    known: Sequence[Pod], namespaces: Iterable[str], expectation: Expectation | None, mesh: bool
) -> Iterator[Pod]:
    """Pods that nobody mentions: with no labels, and with those of every known peer, in every namespace.

    They show a selector that says too little: without its namespaceSelector it selects a namesake elsewhere, without
    a label it selects a pod that has only the others. They have every port that a known pod has, by the same names.
    """
    ports = tuple(dict.fromkeys(port for pod in known for port in pod.ports))
    peers: list[Peer] = [p for p in (expectation.peers.values() if expectation else ()) if not p.is_outside]
    if not expectation:
        peers = [Peer(p.name, p.namespace, p.labels, p.service_account) for p in known]
    taken = {(p.namespace, _key(p.labels)) for p in known}
    for namespace in sorted({*namespaces, *(p.namespace for p in known), "elsewhere"}):
        wanted: dict[Key, tuple[str, str]] = {(): (f"other pods of {namespace}", "default")}
        for peer in peers:
            name = f"pods of {namespace} labelled like {peer.name}"
            wanted.setdefault(_key(peer.labels), (name, peer.service_account))
            if expectation and peer.namespace == namespace and len(peer.labels) > 1:
                for left_out in peer.labels:
                    key = _key({k: v for k, v in peer.labels.items() if k != left_out})
                    wanted.setdefault(key, (f"{name} without {left_out}", "default"))
        for key, (name, account) in wanted.items():
            labels = dict(key)
            if (namespace, key) in taken or any(p.labels and p.owns(namespace, labels) for p in peers):
                continue
            yield Pod(
                name,
                namespace,
                labels,
                ports=ports,
                service_account=account,
                meshed=mesh,
                known=False,
                stands_for=owners(expectation, namespace, labels),
            )


def _key(labels: Mapping[str, str]) -> Key:
    return tuple(sorted(labels.items()))
