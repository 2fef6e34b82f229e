"""What one container and one claim may have."""

from __future__ import annotations

import jsii
from cdk8s import Size
from constructs import Construct, IValidation

from ...kubernetes import Manifest, Resources, checks, whole
from ...kubernetes.labels import MANAGER
from ...kubernetes.quantities import at_least_size, notation
from .amounts import counted, listed, written
from .demand import Demand
from .demand import storage as size_of
from .rendered import Rendered


@whole
class LimitRange(Construct):
    """A `LimitRange`: what containers get that say nothing, and the most that a container and a claim may have.

    All containers of ours say what they need; the defaults are for those that others inject. The most is what the
    largest rendered container may use. Make it when all workloads are there.

    Args:
        default: For containers without resources of their own.
        cpu, memory, storage: The most, where it is not to be what the largest container or claim has.
        nodes: How many nodes there are, if the namespace has DaemonSets.
    """

    manifest: Manifest
    """The LimitRange."""

    default: Resources
    """For containers without resources of their own."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        default: Resources,
        cpu: str | None = None,
        memory: Size | None = None,
        storage: Size | None = None,
        nodes: int | None = None,
    ) -> None:
        checks.dns_name("name", name)
        checks.instance("default", default, Resources)
        given = {}
        if cpu is not None:
            given["cpu"] = counted("cpu", cpu)
        for argument, size in (("memory", memory), ("storage", storage)):
            if size is not None:
                at_least_size(argument, size, Size.mebibytes(1))
                given[argument] = counted(argument, notation(size))
        usual = default.manifest()
        least = {k: counted(k, v) for k, v in usual["limits"].items()}
        for each, amount in least.items():
            if given.get(each, amount) < amount:
                raise checks.refuse(
                    each, f"at least that of default, {written(each, amount)}", written(each, given[each])
                )
        super().__init__(scope, id)
        self.default = default
        self._name, self._nodes, self._rendered = name, nodes, Rendered(self)
        demand = self._demand()
        self._most = {k: given.get(k, max(v, least[k])) for k, v in demand.largest().items()}
        self._claim = given.get("storage", max(map(size_of, demand.claims), default=0))
        limits = [
            {
                "type": "Container",
                "default": usual["limits"],
                "defaultRequest": usual["requests"],
                "max": listed(self._most),
            }
        ]
        if self._claim:
            limits.append({"type": "PersistentVolumeClaim", "max": listed({"storage": self._claim})})
        self.manifest = Manifest(
            self,
            "range",
            {"apiVersion": "v1", "kind": "LimitRange", "spec": {"limits": limits}},
            name=name,
            labels={
                "app.kubernetes.io/name": "limit-range",
                "app.kubernetes.io/instance": name,
                "app.kubernetes.io/managed-by": MANAGER,
            },
        )
        self.node.default_child = self.manifest
        self.node.add_validation(_Fits(self))

    def _demand(self) -> Demand:
        return Demand(self._rendered.objects(), default=self.default, nodes=self._nodes or 1)

    def problems(self) -> list[str]:
        """What is rendered and would be refused."""
        demand = self._demand()
        found = [f"{text}, more than {_words(self._most)}" for text in demand.larger(self._most)]
        if self._claim and any(size_of(c) > self._claim for c in demand.claims):
            largest = written("storage", max(map(size_of, demand.claims)))
            found.append(f"a claim asks for {largest}, more than {written('storage', self._claim)}")
        return [
            f"LimitRange {self._name}: {text}; make it after all workloads, or say cpu, memory, storage"
            for text in found
        ] + [
            f"LimitRange {self._name}: {text} asks for more than the limit that it gets; give it one"
            for text in demand.unbalanced()
        ]


def _words(amounts: dict[str, int]) -> str:
    return " and ".join(f"{written(k, v)} of {k}" for k, v in amounts.items())


@jsii.implements(IValidation)
class _Fits:
    def __init__(self, limits: LimitRange) -> None:
        self._limits = limits

    def validate(self) -> list[str]:
        return self._limits.problems()
