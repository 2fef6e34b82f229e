"""What nothing worse is known about: it is applied, and pods go on."""

from __future__ import annotations

from collections.abc import Iterator

from ..difference import Difference
from ..pair import Pair
from ..shown import listed, values
from ..verdict import Change, Verdict

TODO = {
    "NetworkPolicy": "In force at once: see `loom-constructs reach`.",
    "Ingress": "In force at once, for everybody outside.",
    "PodDisruptionBudget": "In force at once.",
    "Job": "The Job that runs goes on.",
}


def whatever(pair: Pair) -> Iterator[Change]:
    """Labels and annotations on one line, everything else on another."""
    described = pair.take("metadata")
    if described:
        said = [f"{d.path[1].removesuffix('s')} {'.'.join(d.path[2:])}: {values(d)}" for d in described]
        yield Change(Verdict.SAFE, pair.key, listed(said, 2), _warning(pair, described), described)
    left = pair.take()
    if left:
        said = [f"{d.field.removeprefix('spec.')}: {values(d)}" for d in left]
        yield Change(Verdict.SAFE, pair.key, listed(said, 2), TODO.get(pair.key.kind, ""), left)


def _warning(pair: Pair, described: list[Difference]) -> str:
    if pair.key.kind != "Namespace":
        return ""
    names = {d.path[2] for d in described if len(d.path) > 2}
    if any(n.startswith("pod-security.kubernetes.io/enforce") for n in names):
        return "Pods that run stay; those that are made later must satisfy it."
    if any(n.startswith("linkerd.io/") for n in names):
        return "Pods that are made later have it."
    return ""
