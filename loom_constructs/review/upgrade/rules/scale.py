"""More pods, and fewer."""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair
from ..verdict import Change, Verdict


def scale(pair: Pair) -> Iterator[Change]:
    """Changes of `replicas`."""
    if not pair.builtin or pair.key.kind not in ("Deployment", "StatefulSet", "ReplicaSet"):
        return
    taken = pair.take("spec", "replicas")
    if not taken:
        return
    old, new = (int(s.get("replicas", 1)) for s in pair.specs)
    what = f"replicas: {old} → {new}"
    if new > old:
        todo = "Pods are added; those that run stay."
        yield Change(Verdict.SAFE, pair.key, what, todo, taken)
    elif new == 0:
        yield Change(Verdict.RESTARTS, pair.key, what, "An outage: all its pods end.", taken)
    else:
        ends = "1 pod ends" if old - new == 1 else f"{old - new} pods end"
        todo = f"{ends}."
        if pair.key.kind == "StatefulSet":
            kept = "; their claims stay. Take them out of the program's own cluster first."
            todo = f"{ends}, the highest first" + (kept if pair.specs[1].get("volumeClaimTemplates") else ".")
        if "replicas" not in pair.written[1]["spec"]:
            todo += " NEW does not say how many: it is 1, unless an autoscaler has taken the field over."
        yield Change(Verdict.RESTARTS, pair.key, what, todo, taken)
