"""Every single rule of rendered policies, taken away or widened: a comparison that is worth something notices each."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from loom_constructs.review.ends import End
from loom_constructs.review.expectation import Expectation
from loom_constructs.review.findings import findings
from loom_constructs.review.review import Review

Object = dict[str, Any]
Mutation = tuple[str, Object | None]
"""What was done, and the object afterwards; None if it was deleted."""
Whole = tuple[str, list[Object]]
"""What was done, and all objects afterwards."""

LINKERD = ("Server", "AuthorizationPolicy", "MeshTLSAuthentication", "NetworkAuthentication")
TEMPLATES = ("Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet")
ANNOTATIONS = ("linkerd.io/inject", "config.linkerd.io/default-inbound-policy")


def mutations(objects: Sequence[Object], mesh: bool, of: Sequence[Object] | None = None) -> Iterator[Whole]:
    """All mutations of all objects, each with all the other objects as they are.

    Args:
        mesh: Whether Linkerd runs; without it its annotations mean nothing.
        of: Only the mutations of these among the objects.
    """
    for index, item in enumerate(objects):
        if of is not None and item not in of:
            continue
        for description, mutated in _of(item, mesh):
            name = (
                f"{item['kind']} {item['metadata'].get('namespace', '')}/{item['metadata'].get('name')}: {description}"
            )
            yield name, [*objects[:index], *([mutated] if mutated else []), *objects[index + 1 :]]


def survivors(
    objects: Sequence[Object], expectation: Expectation, *, every: int = 1, of: Sequence[Object] | None = None
) -> tuple[list[str], int]:
    """Those mutations that the comparison does not notice though they change something, and how many were tried.

    Args:
        every: Only each so many-th mutation.
        of: Only the mutations of these among the objects.
    """
    before = Review(objects, expectation)
    said = set(before.differences() + findings(before))
    unnoticed, tried = [], 0
    for number, (description, mutated) in enumerate(mutations(objects, expectation.mesh, of)):
        if number % every:
            continue
        tried += 1
        review = Review(mutated, expectation, before=before)
        noticed = set(review.differences()) - said or set(findings(review)) - said
        if not noticed and not _the_same(before, review):
            unnoticed.append(description)
    return unnoticed, tried


def _the_same(before: Review, after: Review) -> bool:
    """Whether nobody sees any difference: each half allows the same to everybody at every port, and so does Linkerd."""
    if before.world.ends is not after.world.ends or before.paths.universe != after.paths.universe:
        return False
    return all(
        first(end, port, protocol) == second(end, port, protocol)
        for first, second in zip(_questions(before), _questions(after), strict=True)
        for end in before.world.ends.listed(before.world.ends.pods)
        for port, protocol in before.paths.universe
    )


def _questions(review: Review) -> tuple[Callable[[End, int, str], int], ...]:
    paths = review.paths
    return (
        paths.out,
        paths.into,
        lambda end, port, protocol: paths.admitted(end, port, protocol, True),
        lambda end, port, protocol: paths.admitted(end, port, protocol, False),
    )


def _of(item: Object, mesh: bool) -> Iterator[Mutation]:
    kind = item["kind"]
    if kind == "NetworkPolicy":
        yield "deleted", None
        yield from _network_policy(item)
    elif kind in LINKERD and item["apiVersion"].startswith("policy.linkerd.io/"):
        yield "deleted", None
        yield from _linkerd(item)
    elif kind in ("HTTPRoute", "GRPCRoute") and any(p.get("kind") == "Server" for p in item["spec"]["parentRefs"]):
        yield "deleted", None
        for i in range(len(item["spec"].get("rules", []))):
            yield f"rule {i + 1} deleted", _without(item, ["spec", "rules"], i)
    elif kind in TEMPLATES and mesh:
        yield from _annotations(item, ["spec", "template", "metadata", "annotations"])
    elif kind in ("Pod", "Namespace") and mesh:
        yield from _annotations(item, ["metadata", "annotations"])


def _annotations(item: Object, path: list[str | int]) -> Iterator[Mutation]:
    for name in ANNOTATIONS:
        if name in (_at(item, path) or {}):
            yield f"annotation {name} removed", _without(item, path, name)


def _network_policy(item: Object) -> Iterator[Mutation]:
    spec = item["spec"]
    types = spec.get("policyTypes", [])
    if len(types) > 1:  # without the only one the API's default would hold
        for i, one in enumerate(types):
            yield f"policyType {one} deleted", _without(item, ["spec", "policyTypes"], i)
    yield from _selector(item, ["spec", "podSelector"])
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for i, rule in enumerate(spec.get(direction) or []):
            here: list[str | int] = ["spec", direction, i]
            where = f"{direction} rule {i + 1}"
            yield f"{where} deleted", _without(item, ["spec", direction], i)
            for j, entry in enumerate(rule.get(peers) or []):
                yield f"{where}: {peers} {j + 1} deleted", _without(item, [*here, peers], j)
                for what, mutated in _entry(item, [*here, peers, j], entry):
                    yield f"{where}: {peers} {j + 1}: {what}", mutated
            for j in range(len(rule.get("ports") or [])):
                yield f"{where}: port {j + 1} deleted", _without(item, [*here, "ports"], j)
            if rule.get("ports"):
                yield f"{where}: ports dropped", _without(item, here, "ports")


def _entry(item: Object, path: list[str | int], entry: Object) -> Iterator[Mutation]:
    if "podSelector" in entry:
        yield from _selector(item, [*path, "podSelector"])
        if "namespaceSelector" in entry:
            yield "podSelector dropped", _without(item, path, "podSelector")
    if "namespaceSelector" in entry:
        yield from _selector(item, [*path, "namespaceSelector"])
        if "podSelector" in entry:
            yield "namespaceSelector dropped", _without(item, path, "namespaceSelector")
    for i in range(len(entry.get("ipBlock", {}).get("except") or [])):
        yield f"except {i + 1} dropped", _without(item, [*path, "ipBlock", "except"], i)


def _selector(item: Object, path: list[str | int]) -> Iterator[Mutation]:
    selector = _at(item, path)
    if selector:
        yield f"{path[-1]} {{}}", _with(item, path, {})
    for field in ("matchLabels", "matchExpressions"):
        inner = selector.get(field) or []
        if len(inner) > 1:
            for key in list(inner) if field == "matchLabels" else range(len(inner)):
                yield f"{path[-1]}: {key} dropped", _without(item, [*path, field], key)


def _linkerd(item: Object) -> Iterator[Mutation]:
    spec = item["spec"]
    if item["kind"] == "Server":
        yield "accessPolicy all-unauthenticated", _with(item, ["spec", "accessPolicy"], "all-unauthenticated")
        yield from _selector(item, ["spec", "podSelector"])
    for field in ("requiredAuthenticationRefs", "identityRefs", "identities", "networks"):
        for i in range(len(spec.get(field) or [])):
            yield f"{field} {i + 1} deleted", _without(item, ["spec", field], i)
    if item["kind"] == "AuthorizationPolicy":
        yield "requiredAuthenticationRefs emptied", _with(item, ["spec", "requiredAuthenticationRefs"], [])
    if item["kind"] == "MeshTLSAuthentication":
        everybody = _with(item, ["spec"], {"identities": ["*"]})
        yield 'identities ["*"]', everybody
    for i, network in enumerate(spec.get("networks") or []):
        for j in range(len(network.get("except") or [])):
            yield f"network {i + 1}: except {j + 1} dropped", _without(item, ["spec", "networks", i, "except"], j)


def _at(item: Object, path: list[str | int]) -> Any:
    for step in path:
        item = item.get(step) if isinstance(item, dict) else item[step]  # type: ignore[arg-type,index]
        if item is None:
            return None
    return item


def _without(item: Object, path: list[str | int], last: str | int) -> Object:
    mutated = copy.deepcopy(item)
    del _at(mutated, path)[last]
    return mutated


def _with(item: Object, path: list[str | int], value: Any) -> Object:
    mutated = copy.deepcopy(item)
    _at(mutated, path[:-1])[path[-1]] = value
    return mutated
