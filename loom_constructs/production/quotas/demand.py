"""What everything that is rendered for a namespace asks of a quota."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...kubernetes import Resources
from .amounts import counted
from .made import Made, made
from .pods import ASKED, Amounts, containers, pod

_CLASS = ".storageclass.storage.k8s.io/"
_OUTSIDE = ("LoadBalancer", "NodePort")


class Demand:
    """What the objects of a namespace ask for at their biggest moment.

    Args:
        default: What containers get that say nothing (a LimitRange's default), if they get anything.
        nodes: How many pods a DaemonSet has.
    """

    amounts: Amounts
    """By the names that a ResourceQuota has."""

    def __init__(self, objects: Sequence[Mapping[str, Any]], *, default: Resources | None, nodes: int | None) -> None:
        self._made = list(made(objects, nodes=nodes))
        self._default = default
        claims = [o["spec"] for o in objects if o["kind"] == "PersistentVolumeClaim"]
        self.claims = [*claims, *(c for m in self._made for c in m.claims)]
        self.amounts = Counter({name: 0 for name in ("pods", *ASKED, "persistentvolumeclaims", "requests.storage")})
        for each in self._made:
            self.amounts.update({k: v * each.count for k, v in pod(each.template, default).items()})
        for claim in self.claims:
            self._claim(claim)
        # a way in from outside that nobody rendered is refused
        open_ = [o["spec"] for o in objects if o["kind"] == "Service" and o["spec"].get("type") in _OUTSIDE]
        self.amounts["services.loadbalancers"] = sum(s["type"] == "LoadBalancer" for s in open_)
        self.amounts["services.nodeports"] = sum(len(s.get("ports") or ()) for s in open_)

    def _claim(self, spec: Mapping[str, Any]) -> None:
        size, home = storage(spec), spec.get("storageClassName")
        self.amounts.update({"persistentvolumeclaims": 1, "requests.storage": size})
        if home:
            self.amounts.update({f"{home}{_CLASS}persistentvolumeclaims": 1, f"{home}{_CLASS}requests.storage": size})

    def unlimited(self) -> list[str]:
        """Containers that a quota refuses, since they do not say what they need."""
        return [
            f"container {c.name} of {m.name} has no {', '.join(c.missing)}" for m, c in self._containers() if c.missing
        ]

    def largest(self) -> dict[str, int]:
        """The most that one container may use: `cpu` and `memory`."""
        every = [c.amounts for _, c in self._containers()]
        return {
            name: max((max(a[f"limits.{name}"], a[f"requests.{name}"]) for a in every), default=0)
            for name in ("cpu", "memory")
        }

    def larger(self, most: Mapping[str, int]) -> list[str]:
        """Containers that ask for more than they may."""
        return [
            f"container {c.name} of {m.name}"
            for m, c in self._containers()
            if any(c.amounts[f"limits.{name}"] > amount for name, amount in most.items())
        ]

    def unbalanced(self) -> list[str]:
        """Containers without a limit of their own that ask for more than the default one."""
        return [
            f"container {c.name} of {m.name}"
            for m, c in self._containers()
            if any(c.amounts[f"requests.{name}"] > c.amounts[f"limits.{name}"] for name in ("cpu", "memory"))
        ]

    def _containers(self) -> Iterator[tuple[Made, Any]]:
        return ((m, c) for m in self._made for c in containers(m.template, self._default))


def storage(claim: Mapping[str, Any]) -> int:
    """What a claim asks for, in bytes."""
    return counted("storage", ((claim.get("resources") or {}).get("requests") or {}).get("storage", "0"))
