"""Ends in a fixed order, and sets of them as the bits of an integer.

Whether a rule lets somebody in is asked millions of times; with sets as integers a question about all ends is one
operation, and what a selector selects is worked out once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from .ends import End, Pod
from .selector import matches

EVERYWHERE = ("0.0.0.0/0", "::/0")


class Ends:
    """All ends of one question, numbered.

    Args:
        ends: Pods and addresses; each stands for others that are alike.
        namespaces: Labels of namespaces by their names; those that are not given have their name as their only label.
    """

    def __init__(self, ends: Iterable[End], namespaces: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.all: Sequence[End] = tuple(ends)
        self.index = {end: i for i, end in enumerate(self.all)}
        self.everyone = (1 << len(self.all)) - 1
        self.pods = self.those(lambda end: isinstance(end, Pod))
        self.unplaced = self.those(lambda end: end.ip is None)
        self.namespaces: dict[str, Mapping[str, str]] = {e.namespace: {} for e in self.all if isinstance(e, Pod)}
        self.namespaces.update(namespaces or {})
        self.remembered: dict[Any, Any] = {}

    def those(self, condition: Callable[[End], bool]) -> int:
        """The set of ends of which a condition is true."""
        return sum(1 << i for i, end in enumerate(self.all) if condition(end))

    def of(self, ends: Iterable[End]) -> int:
        """The set of these."""
        return sum(1 << self.index[end] for end in ends)

    def listed(self, chosen: int) -> Iterator[End]:
        """The ends of a set."""
        while chosen:
            lowest = chosen & -chosen
            yield self.all[lowest.bit_length() - 1]
            chosen ^= lowest

    def labels_of(self, namespace: str) -> Mapping[str, str]:
        """A namespace's labels; its name is always one."""
        return {"kubernetes.io/metadata.name": namespace, **self.namespaces.get(namespace, {})}

    def selected(self, pods: Mapping[str, Any] | None, namespaces: Mapping[str, Any] | None, own: str) -> int:
        """The pods that a podSelector and a namespaceSelector select together.

        Args:
            namespaces: None for the namespace of the policy.
            own: That namespace.
        """
        key = (json.dumps([pods, namespaces], sort_keys=True), own)
        if key not in self.remembered:
            if namespaces is None:
                there = {own}
            else:
                there = {n for n in self.namespaces if matches(namespaces, self.labels_of(n))}
            self.remembered[key] = self.those(
                lambda e: isinstance(e, Pod) and not e.host_network and e.namespace in there and matches(pods, e.labels)
            )
        found: int = self.remembered[key]
        return found

    def inside(self, cidr: str, exceptions: Iterable[str] = ()) -> int:
        """The ends whose address is in a network and in none of the exceptions.

        A pod whose address nobody knows is inside only if everything is.
        """
        exceptions = tuple(exceptions)
        key = (cidr, exceptions)
        if key not in self.remembered:
            network, holes = ip_network(cidr, strict=False), [ip_network(e, strict=False) for e in exceptions]

            def there(end: End) -> bool:
                if end.ip is None:
                    return cidr in EVERYWHERE and not holes
                return end.ip in network and not any(end.ip in hole for hole in holes)

            self.remembered[key] = self.those(there)
        found: int = self.remembered[key]
        return found

    def named(self, name: str, number: int, protocol: str) -> int:
        """The pods in which a port's name means this number."""
        key = ("named", name, number, protocol)
        if key not in self.remembered:
            self.remembered[key] = self.those(lambda e: isinstance(e, Pod) and number in e.numbers(name, protocol))
        found: int = self.remembered[key]
        return found
