"""What is left of each workload."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..ends import Object
from .budget import Budget, budgets
from .findings import findings
from .group import Group, groups
from .placed import in_a_zone, on_a_node


@dataclass(frozen=True)
class Row:
    """What is ready of a workload at the least; what it prefers only is not counted.

    Args:
        drained: While nodes are drained one after the other, as fast as that goes.
        node: After the loss of any one node.
        zone: After the loss of any one zone.
        waits: How many are not replaced until that zone is back, because their volumes are there.
    """

    group: Group
    drained: int
    node: int
    zone: int
    waits: int

    @property
    def survives(self) -> bool:
        """Whether something of it is always ready."""
        return min(self.drained, self.node, self.zone) > 0


def review(objects: Iterable[Object], *, zones: int = 3, nodes: int = 6) -> tuple[list[Row], list[str]]:
    """What is left of each workload, and what makes a drain wait for ever.

    Raises:
        ValueError: There are fewer zones than two, or fewer nodes than zones.
    """
    if zones < 2:
        raise ValueError(f"--zones must be at least 2, got {zones}")
    if nodes < zones:
        raise ValueError(f"--nodes must be at least as many as zones ({zones}), got {nodes}")
    given = list(objects)
    every, found = groups(given), budgets(given)
    rows = []
    for group in every:
        if not group.serves:
            continue
        zone = in_a_zone(group, every, zones=zones)
        rows.append(
            Row(
                group=group,
                drained=_drained(group, every, found),
                node=group.number - on_a_node(group, every, nodes=nodes, zones=zones),
                zone=group.number - zone,
                waits=zone if group.zonal else 0,
            )
        )
    return rows, list(findings(given, every, found))


def _drained(group: Group, every: list[Group], found: list[Budget]) -> int:
    over = [b for b in found if b.covers(group)]
    gone = [b.allows(g for g in every if b.covers(g)) for b in over] + ([1] if group.careful else [])
    # without a budget a node is empty, and the next one asked, before replacements are ready
    return max(0, group.number - min(gone, default=group.number))
