"""Which column things stand in: callers left of what they call."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Thing = TypeVar("Thing", bound=Hashable)
Pair = tuple[Thing, Thing]


def together(things: Sequence[Thing], pairs: Iterable[Pair[Thing]]) -> dict[Thing, int]:
    """Columns in which things that call each other in a circle stand in one column."""
    called: dict[Thing, list[Thing]] = {t: [] for t in things}
    callers: dict[Thing, list[Thing]] = {t: [] for t in things}
    for a, b in pairs:
        called[a].append(b)
        callers[b].append(a)
    circle: dict[Thing, int] = {}
    for number, start in enumerate(reversed(_finished(things, called))):
        waiting = [start] if start not in circle else []
        while waiting:
            thing = waiting.pop()
            if thing not in circle:
                circle[thing] = number
                waiting += callers[thing]
    column = _longest(sorted(set(circle.values())), [(circle[a], circle[b]) for a in things for b in called[a]])
    return {t: column[circle[t]] for t in things}


def apart(things: Sequence[Thing], pairs: Iterable[Pair[Thing]]) -> dict[Thing, int]:
    """Columns in which things that call each other never share one; in a circle, some arrows point to the left.

    Those that call more than they are called come first (the heuristic of Eades, Lin and Smyth).
    """
    known = [(a, b) for a, b in pairs if a != b]
    left, first, last = list(things), list[Thing](), list[Thing]()
    while left:
        among = [(a, b) for a, b in known if a in left and b in left]
        out = {t: sum(a == t for a, _ in among) for t in left}
        into = {t: sum(b == t for _, b in among) for t in left}
        sink = next((t for t in left if not out[t]), None)
        chosen = sink if sink is not None else max(left, key=lambda t: (not into[t], out[t] - into[t]))
        if sink is not None:
            last.insert(0, chosen)
        else:
            first.append(chosen)
        left.remove(chosen)
    rank = {t: i for i, t in enumerate([*first, *last])}
    return _longest(list(rank), [(a, b) if rank[a] < rank[b] else (b, a) for a, b in known])


def _longest(things: Sequence[Thing], pairs: Iterable[Pair[Thing]]) -> dict[Thing, int]:
    """The longest way to each thing; what nobody calls moves to the right, next to what it calls."""
    known = sorted({(things.index(a), things.index(b)) for a, b in pairs if a != b})
    column = dict.fromkeys(range(len(things)), 0)
    for _ in things:
        late = [(a, b) for a, b in known if column[b] <= column[a]]
        if not late:
            break
        for a, b in late:
            column[b] = max(column[b], column[a] + 1)
    called = {b for _, b in known}
    for thing in column:
        nearest = min((column[b] for a, b in known if a == thing), default=None)
        if nearest is not None and thing not in called:
            column[thing] = nearest - 1
    return {things[i]: c for i, c in column.items()}


def _finished(things: Sequence[Thing], called: dict[Thing, list[Thing]]) -> list[Thing]:
    """The things in the order in which a depth-first search leaves them."""
    seen, order = set[Thing](), list[Thing]()
    for start in things:
        waiting = [(start, False)]
        while waiting:
            thing, done = waiting.pop()
            if done:
                order.append(thing)
            elif thing not in seen:
                seen.add(thing)
                waiting.append((thing, True))
                waiting += [(t, False) for t in called[thing]]
    return order
