"""Who is around the rendered pods: said by an expectation, or made from what the policies select."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .authorization import LINKERD, identities_of
from .ends import Object, Pod
from .expectation import Expectation
from .manifests import Manifests, namespace_of
from .numbered import Ends
from .selector import example, matches, words


def of_expectation(expectation: Expectation, rendered: Sequence[Pod]) -> Iterator[Pod]:
    """A pod for every peer that has none among the rendered ones."""
    for peer in expectation.peers.values():
        if not peer.is_outside and not any(peer.owns(p.namespace, p.labels) for p in rendered):
            yield Pod(
                peer.name,
                peer.namespace,
                peer.labels,
                service_account=peer.service_account,
                meshed=peer.meshed and expectation.mesh,
                stands_for=owners(expectation, peer.namespace, peer.labels),
            )


def owners(expectation: Expectation | None, namespace: str, labels: Mapping[str, str]) -> frozenset[str]:
    """The names of all peers that pods with these labels are of."""
    peers = expectation.peers.values() if expectation else ()
    return frozenset(p.name for p in peers if p.owns(namespace, labels))


def of_policies(manifests: Manifests, rendered: Sequence[Pod], mesh: bool) -> list[Pod]:
    """A pod for every entry of `from` and `to` that selects no rendered pod."""
    ends = Ends(rendered, manifests.namespaces)
    wanted: dict[tuple[str, str], dict[str, str]] = {}
    for policy in manifests.policies:
        own = namespace_of(policy)
        for item in _items(policy):
            pods, namespaces = item.get("podSelector"), item.get("namespaceSelector")
            labels = example(pods)
            if item.get("ipBlock") is None and not ends.selected(pods, namespaces, own) and matches(pods, labels):
                wanted.setdefault((_namespace(ends, namespaces, own), words({"matchLabels": labels})), labels)
    accounts = _accounts(manifests)
    return [
        Pod(
            f"{namespace}/{_short(labels, [v for (n, _), v in wanted.items() if n == namespace])}",
            namespace,
            labels,
            service_account=_account(accounts.get(namespace, set()), labels),
            meshed=mesh and namespace in accounts,
        )
        for (namespace, _), labels in wanted.items()
    ]


TELLING = ("app.kubernetes.io/name", "app", "k8s-app", "component", "name")
"""The labels by which people know a pod, best first."""


def telling(labels: Mapping[str, str]) -> dict[str, str]:
    """The few labels that tell who somebody is; all, if none of the usual ones is there."""
    usual = ("app.kubernetes.io/name", "app.kubernetes.io/instance")
    found = {k: labels[k] for k in usual if k in labels} or {k: labels[k] for k in TELLING if k in labels}
    return found or dict(labels)


def _short(labels: Mapping[str, str], others: Sequence[Mapping[str, str]]) -> str:
    """One label if it tells a pod from the others of its namespace, else all."""
    for key in TELLING:
        if key in labels and sum(o.get(key) == labels[key] for o in others) == 1:
            return f"{key}={labels[key]}"
    return words({"matchLabels": labels}) if labels else "*"


def _account(known: set[str], labels: Mapping[str, str]) -> str:
    """The account that is meant: the only one of the namespace that is known and fits the labels."""
    fitting = {a for a in known if any(v in a or a in v for v in labels.values())}
    return min(fitting) if len(fitting) == 1 else "default"


def _items(policy: Object) -> Iterator[Object]:
    spec = policy.get("spec") or {}
    for direction, field in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(direction) or ():
            yield from (rule or {}).get(field) or ()


def _namespace(ends: Ends, selector: Mapping[str, object] | None, own: str) -> str:
    """A namespace that a selector selects: a known one, or one named after what it asks for."""
    if selector is None:
        return own
    known = [n for n in sorted(ends.namespaces) if matches(selector, ends.labels_of(n))]
    if known:
        return known[0]
    labels = example(selector)
    return labels.get("kubernetes.io/metadata.name") or f"namespace {words(selector)}"


def _accounts(manifests: Manifests) -> dict[str, set[str]]:
    """The service accounts of each namespace that Linkerd's authentications name."""
    found: dict[str, set[str]] = {}
    for authentication in manifests.of(LINKERD, "MeshTLSAuthentication"):
        for identity in identities_of(authentication):
            account, _, rest = identity.partition(".")
            if account != "*":
                found.setdefault(rest.partition(".")[0], set()).add(account)
    return found
