"""Steps that are taken one after the other, up to the first that fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..kubectl import DeliveryError

NOTHING = "nothing to do"


@dataclass(frozen=True)
class Step:
    """Something that is done, verified, and may be asked for again.

    Args:
        name: What it is about; begins the line that is shown.
        take: Does it, or finds that it is done; returns what was done in a few words.
    """

    name: str
    take: Callable[[], str]


def walk(steps: Sequence[Step], say: Callable[[str], None]) -> None:
    """Takes the steps and says a line for each.

    Raises:
        DeliveryError: A step failed; with what was done before and what is left.
    """
    for index, step in enumerate(steps):
        try:
            result = step.take()
        except DeliveryError as error:
            done = ", ".join(s.name for s in steps[:index]) or "nothing"
            left = ", ".join(s.name for s in steps[index:])
            raise DeliveryError(
                f"{step.name}: {error}\n  done: {done}\n  left: {left}\n  the same command again goes on from here"
            ) from error
        say(f"{step.name}: {result}")
