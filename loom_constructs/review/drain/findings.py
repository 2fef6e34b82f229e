"""What makes a drain wait for ever, or refuse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..ends import Object
from ..manifests import group_of
from ..upgrade.key import key_of
from .budget import Budget
from .cloud_native_pg import blocks
from .group import Group


def findings(objects: Iterable[Object], every: list[Group], found: list[Budget]) -> Iterator[str]:
    """A line for each, with what to do."""
    for budget in found:
        covered = [g for g in every if budget.covers(g)]
        if not covered:
            yield f"{budget.key} counts no pods; correct its selector, or drop it"
            continue
        names = ", ".join(str(g.key) for g in covered)
        if not budget.allows(covered):
            yield f"{budget.key} never lets a pod of {names} go, so a drain of its node does not end; allow one"
        elif budget.holds_broken:
            yield f"{budget.key} holds pods of {names} that are not ready; say unhealthyPodEvictionPolicy: AlwaysAllow"
    for group in every:
        over = [str(b.key) for b in found if b.covers(group)]
        if len(over) > 1:
            yield f"{group.key} is counted by {' and '.join(over)}, and then no pod is evicted; keep one of them"
    for item in objects:
        if (group_of(item), item["kind"]) == ("", "Pod") and not item["metadata"].get("ownerReferences"):
            yield f"{key_of(item)} has no controller, so a drain refuses; let a Deployment or Job make it"
        elif (group_of(item), item["kind"]) == ("postgresql.cnpg.io", "Cluster") and blocks(item):
            yield f"{key_of(item)} has one instance, whose budget never lets it go; say enablePDB: false, or two"
