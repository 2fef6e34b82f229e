"""Selectors that select nothing, and policies that limit more than they seem to."""

from __future__ import annotations

from collections.abc import Iterator

from ..ends import Object, Pod
from ..review import Review
from ..rule import Policy
from ..selector import matches, words


def find(review: Review) -> Iterator[str]:
    """Selectors of NetworkPolicies without effect, and an omitted policyTypes that has an effect."""
    for policy in review.network.policies:
        spec = policy.text.get("spec") or {}
        selector = spec.get("podSelector")
        if selector and not policy.subjects & _there(review):
            yield f"{policy}: podSelector {words(selector)} matches no pod of {policy.namespace}; mend or delete it"
        if not spec.get("policyTypes") and spec.get("egress") and not spec.get("ingress"):
            yield f"{policy}: policyTypes is omitted, so it limits ingress as well; say policyTypes: [Egress]"
        for direction, number, item in _items(spec):
            yield from (f"{policy}, {direction} rule {number}: {line}" for line in _item(review, policy, item))


def _there(review: Review) -> int:
    """Rendered pods, and those that an expectation names; what was made from the policies proves nothing."""
    return review.known if review.expectation else review.rendered


def _items(spec: Object) -> Iterator[tuple[str, int, Object]]:
    for direction, field in (("ingress", "from"), ("egress", "to")):
        for number, rule in enumerate(spec.get(direction) or (), 1):
            for item in (rule or {}).get(field) or ():
                yield direction, number, item


def _item(review: Review, policy: Policy, item: Object) -> Iterator[str]:
    ends = review.world.ends
    pods, namespaces = item.get("podSelector"), item.get("namespaceSelector")
    if item.get("ipBlock") is not None:
        return
    if namespaces is not None and not any(matches(namespaces, ends.labels_of(n)) for n in ends.namespaces):
        if set(namespaces.get("matchLabels") or ()) != {"kubernetes.io/metadata.name"}:
            name = (namespaces.get("matchLabels") or {}).get("name")
            say = f"kubernetes.io/metadata.name: {name}" if name else "kubernetes.io/metadata.name, which each one has"
            yield f"namespaceSelector {words(namespaces)} matches no namespace that is known; say {say}"
        elif review.expectation:
            yield f"namespaceSelector {words(namespaces)} matches no namespace that is known"
        return
    selected = ends.selected(pods, namespaces, policy.namespace) & _there(review)
    whole = any(isinstance(e, Pod) and e.rendered and e.namespace == policy.namespace for e in ends.all)
    if pods and not selected and (review.expectation or (namespaces is None and whole)):
        where = f"of namespaces {words(namespaces)}" if namespaces is not None else f"of {policy.namespace}"
        yield f"podSelector {words(pods)} matches no pod {where}; mend or delete it"
