"""The charts of how much there is for whom."""

from __future__ import annotations

from constructs import Construct

from ...production import LimitRange, PriorityClass, ResourceQuota
from ..environment import Environment
from ..priority import Priority
from ..settings import QuotaSettings
from .chart import LoomChart

_CLASSES = {
    Priority.DATA: (30000, True, "What keeps data, and who backs it up: without it nothing else works."),
    Priority.CONTROL: (20000, True, "What gives out work, and what people talk to."),
    Priority.AGENTS: (10000, False, "Who does the work: it waits until there is room."),
}


class PrioritiesChart(LoomChart):
    """Who goes first."""

    def __init__(self, scope: Construct, id: str, environment: Environment) -> None:
        super().__init__(scope, id, environment, namespaced=False)
        self.classes = {
            priority: PriorityClass(
                self,
                priority.value,
                name=priority.class_name(environment.namespace),
                value=value,
                preempts=preempts,
                description=description,
            )
            for priority, (value, preempts, description) in _CLASSES.items()
        }


class QuotasChart(LoomChart):
    """How much the namespace may use."""

    def __init__(self, scope: Construct, id: str, environment: Environment, *, settings: QuotaSettings) -> None:
        super().__init__(scope, id, environment)
        self.limits = LimitRange(self, "limits", name="loom", default=settings.default)
        self.quota = ResourceQuota(self, "quota", name="loom", limits=self.limits, headroom=settings.headroom)
