"""What a namespace may use at most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import jsii
from constructs import Construct, IValidation

from ...kubernetes import Manifest, checks, whole
from ...kubernetes.labels import MANAGER
from .amounts import counted, grown, listed, written
from .demand import Demand
from .limit_range import LimitRange
from .rendered import Rendered

_EXACT = ("services.loadbalancers", "services.nodeports")
"""What is counted without headroom."""


@whole
class ResourceQuota(Construct):
    """A `ResourceQuota` sized from everything that is rendered for the namespace so far, and some headroom.

    It counts the biggest moment of each workload: a rolling update with all replicas of its autoscaler, Jobs and runs
    of CronJobs at once, Linkerd's proxies, CloudNativePG's instances and the Job that makes one; storage by class;
    ways in from outside. So make it last. What is made later has to fit into the headroom, or synthesis fails and
    says what is missing.

    Args:
        limits: What containers get that say nothing; without it, one that says nothing is refused, since the cluster
            would refuse its pods.
        headroom: Percent on top, from 0 to 1000. A pod that is ending counts until its grace period is over, so without
            headroom an update waits for it.
        nodes: How many nodes there are, if the namespace has DaemonSets.
        reserve: What others need who are not rendered here, by the quota's own names: `{"pods": "3"}`.
    """

    manifest: Manifest
    """The ResourceQuota."""

    hard: Mapping[str, int]
    """What is allowed: processor time in thousandths of a core, everything else by one."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        limits: LimitRange | None = None,
        headroom: int = 20,
        nodes: int | None = None,
        reserve: Mapping[str, str] | None = None,
    ) -> None:
        checks.dns_name("name", name)
        checks.instance("limits", limits, LimitRange, type(None))
        checks.at_least("headroom", headroom, 0)
        if headroom > 1000:
            raise checks.refuse("headroom", "percent, at most 1000", headroom)
        if nodes is not None:
            checks.at_least("nodes", nodes, 1)
        checks.text_map("reserve", reserve or {})
        reserved = {k: counted(k, v) for k, v in (reserve or {}).items()}
        super().__init__(scope, id)
        self._default = limits.default if limits else None
        self._nodes, self._reserved = nodes, reserved
        self._name, self._rendered = name, Rendered(self)
        demand = self.demand()
        needed = self._needed(demand)
        self.hard = {k: v if k in _EXACT else grown(k, v, headroom) for k, v in needed.items()}
        self.manifest = Manifest(
            self,
            "quota",
            {"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": listed(self.hard)}},
            name=name,
            labels={
                "app.kubernetes.io/name": "resource-quota",
                "app.kubernetes.io/instance": name,
                "app.kubernetes.io/managed-by": MANAGER,
            },
        )
        self.node.default_child = self.manifest
        self.node.add_validation(_Holds(self))

    def demand(self) -> Demand:
        """What is asked for now."""
        return Demand(self._rendered.objects(), default=self._default, nodes=self._nodes)

    def _needed(self, demand: Demand) -> Mapping[str, int]:
        needed = Counter(demand.amounts)
        needed.update(self._reserved)
        return needed

    def problems(self) -> list[str]:
        """Why the cluster would refuse a pod or a claim of what is rendered."""
        try:
            demand = self.demand()
        except ValueError as error:
            return [f"ResourceQuota {self._name} cannot count: {error}"]
        needed = self._needed(demand)
        short = sorted((name, needed[name], most) for name, most in self.hard.items() if needed[name] > most)
        found = [
            f"ResourceQuota {self._name}: {text}; give it resources, or pass limits" for text in demand.unlimited()
        ]
        found += [
            f"ResourceQuota {self._name} lacks {written(name, wanted - most)} of {name}: {written(name, wanted)} "
            f"asked for, {written(name, most)} allowed; make it after all workloads, or raise its headroom"
            for name, wanted, most in short
        ]
        return found


@jsii.implements(IValidation)
class _Holds:
    def __init__(self, quota: ResourceQuota) -> None:
        self._quota = quota

    def validate(self) -> list[str]:
        return self._quota.problems()
