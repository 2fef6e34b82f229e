"""What else is in the app, as far as the effects need it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from ...kubernetes.manifest import Body
from .pods import Pods, namespace_in


class World:
    """Objects of the app beside the workloads, rendered when somebody asks for their kind.

    Args:
        render: All objects of a kind.
        called_default: Namespace and name of workloads that call, or are called, as ServiceAccount `default`.
    """

    def __init__(
        self,
        render: Callable[[str], Iterable[Body]] = lambda kind: (),
        called_default: Set[tuple[str, str]] = frozenset(),
    ) -> None:
        self.called_default = called_default
        self._render = render
        self._known: dict[str, list[Body]] = {}

    def autoscaled(self, pods: Pods) -> bool:
        """Whether an autoscaler sets how many there are."""
        for body in self._of("HorizontalPodAutoscaler", "ScaledObject"):
            target = body["spec"]["scaleTargetRef"]
            if (namespace_in(body), target.get("kind", "Deployment"), target["name"]) == (
                pods.namespace,
                pods.kind,
                pods.name,
            ):
                return True
        return False

    def budgeted(self, pods: Pods) -> bool:
        """Whether a disruption budget selects the pods; with two of them no pod could be evicted at all."""
        return any(
            namespace_in(body) == pods.namespace and selects(body["spec"].get("selector"), pods.labels)
            for body in self._of("PodDisruptionBudget")
        )

    def access_modes(self, pods: Pods, claim: str) -> Sequence[str] | None:
        """How a claim can be mounted; nothing, if it is not in this app."""
        for body in self._of("PersistentVolumeClaim"):
            if (namespace_in(body), body["metadata"]["name"]) == (pods.namespace, claim):
                return list(body["spec"].get("accessModes") or [])
        return None

    def has_account(self, pods: Pods, name: str) -> bool:
        """Whether there is a ServiceAccount of this name."""
        return any(
            (namespace_in(b), b["metadata"]["name"]) == (pods.namespace, name) for b in self._of("ServiceAccount")
        )

    def services(self, pods: Pods) -> list[Body]:
        """The Services of the namespace."""
        return [body for body in self._of("Service") if namespace_in(body) == pods.namespace]

    def _of(self, *kinds: str) -> Iterator[Body]:
        for kind in kinds:
            if kind not in self._known:
                self._known[kind] = list(self._render(kind))
            yield from self._known[kind]


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes these labels; an absent one takes nothing, an empty one everything."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(k) == v for k, v in wanted.items()) and all(
        _holds(rule, labels) for rule in selector.get("matchExpressions") or []
    )


def _holds(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, listed = labels.get(rule["key"]), rule.get("values") or []
    match rule["operator"]:
        case "In":
            return value in listed
        case "NotIn":
            return value not in listed
        case "Exists":
            return value is not None
        case _:
            return value is None
