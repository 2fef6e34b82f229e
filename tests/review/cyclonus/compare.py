"""Where two verdicts on the same policies differ, in words."""

from __future__ import annotations

from collections.abc import Iterator

from .judge import Verdicts
from .policies import PolicySet


def questions(each: PolicySet) -> Iterator[tuple[int, int]]:
    """The pairs of source and destination that are compared: every pod with every other pod and every address.

    Not a pod with itself. Cyclonus lets policies forbid that; by the documentation of network policies "a Pod cannot
    block access to itself".
    """
    pods, everyone = len(each.world.pods), len(each.world.pods) + len(each.world.addresses)
    for source in range(everyone):
        for destination in range(everyone):
            if source != destination and (source < pods or destination < pods):
                yield source, destination


def differences(each: PolicySet, ours: Verdicts, theirs: Verdicts) -> list[str]:
    """One line for each port, direction and pair that the two see differently."""
    found = []
    for source, destination in questions(each):
        left, right = ours[source][destination], theirs[source][destination]
        if left == right:
            continue
        for (number, protocol), our, their in zip(each.ports, left, right, strict=True):
            for bit, direction in ((1, "egress"), (2, "ingress")):
                if int(our) & bit != int(their) & bit:
                    pair = f"{_name(each, source)} to {_name(each, destination)}"
                    word = "allows" if int(our) & bit else "forbids"
                    found.append(f"set {each.seed}: {pair}, {number}/{protocol}: only ours {word} it ({direction})")
    return found


def _name(each: PolicySet, index: int) -> str:
    pods = each.world.pods
    if index < len(pods):
        return f"{pods[index].namespace}/{pods[index].name}"
    return each.world.addresses[index - len(pods)]
