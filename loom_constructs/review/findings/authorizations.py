"""AuthorizationPolicies that Linkerd's webhook would refuse, that let everybody in, or that count for nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..authorization import LINKERD
from ..ends import Object
from ..manifests import name_of, namespace_of
from ..review import Review
from ..routes import GATEWAY

TARGETS = ((LINKERD, "Server"), (LINKERD, "HTTPRoute"), (GATEWAY, "HTTPRoute"), (GATEWAY, "GRPCRoute"))
REFERENCES = (
    (LINKERD, "MeshTLSAuthentication"),
    (LINKERD, "NetworkAuthentication"),
    ("", "ServiceAccount"),
)


def find(review: Review) -> Iterator[str]:
    """Wrong targets and references; nothing where Linkerd does not run."""
    for policy in review.manifests.of(LINKERD, "AuthorizationPolicy") if review.linkerd else ():
        yield from (f"{name_of(policy)}: {line}" for line in (*_target(review, policy), *_references(review, policy)))


def _target(review: Review, policy: Object) -> Iterator[str]:
    target = policy["spec"].get("targetRef") or {}
    group, kind, name = _group(target), target.get("kind"), target.get("name")
    if (group, kind) == ("", "Namespace"):
        if name != namespace_of(policy):
            yield f"targetRef of kind Namespace must name its own namespace {namespace_of(policy)}, got {name!r}"
    elif (group, kind) not in TARGETS:
        known = ", ".join(f"{k} of {g}" for g, k in TARGETS)
        yield f"targetRef must be {known} or the Namespace, got {kind} of {group or 'the core'}"
    elif not _exists(review, group, str(kind), str(name), namespace_of(policy)):
        yield f"targetRef names {kind} {namespace_of(policy)}/{name}, which does not exist"


def _exists(review: Review, group: str, kind: str, name: str, namespace: str) -> bool:
    there = review.manifests.of(group, kind)
    return any(o["metadata"].get("name") == name and namespace_of(o) == namespace for o in there)


def _references(review: Review, policy: Object) -> Iterator[str]:
    references = policy["spec"].get("requiredAuthenticationRefs") or ()
    if not references:
        yield "requiredAuthenticationRefs is empty, which lets everybody in; name who may come in"
    counted = Counter(r.get("kind") for r in references)
    for _, kind in REFERENCES:
        if counted[kind] > 1:
            yield f"at most one {kind} may be required, got {counted[kind]}; for one of several write several policies"
    if counted["MeshTLSAuthentication"] and counted["ServiceAccount"]:
        yield "a MeshTLSAuthentication and a ServiceAccount must not both be required; write two policies"
    for reference in references:
        group, kind, name = _group(reference), reference.get("kind"), reference.get("name")
        namespace = reference.get("namespace") or namespace_of(policy)
        if (group, kind) not in REFERENCES:
            known = ", ".join(k for _, k in REFERENCES)
            yield f"requiredAuthenticationRefs must be {known}, got {kind} of {group or 'the core'}"
        elif kind != "ServiceAccount" and not _exists(review, group, str(kind), str(name), namespace):
            yield f"{kind} {namespace}/{name} does not exist, so the policy is ignored; add it or mend the name"


def _group(reference: Object) -> str:
    group = reference.get("group") or ""
    return "" if group == "core" else str(group)
