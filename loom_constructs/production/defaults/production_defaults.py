"""What every workload should have in production, whoever wrote it."""

from __future__ import annotations

import jsii
from constructs import IConstruct, IMixin

from ...kubernetes import checks
from .cover import Cover
from .finding import Effect
from .settings import Settings
from .spread import SpreadPods, ZoneSpread


@jsii.implements(IMixin)
class ProductionDefaults:
    """Adds to workloads what production asks for and their authors left open; what they said stays.

        chart.with_(ProductionDefaults())

    Args:
        spread: How pods lie on zones and nodes; None leaves it to the scheduler.
        budget: Disruption budgets where there are two pods or more.
    """

    def __init__(self, *, spread: ZoneSpread | None = ZoneSpread.HARD, budget: bool = True) -> None:
        checks.instance("spread", spread, ZoneSpread, type(None))
        checks.instance("budget", budget, bool)
        effects: list[Effect] = []
        if spread:
            effects.append(SpreadPods(spread))
        self._settings = Settings(effects=tuple(effects), budgets=budget, accounts=False, allow={})

    def supports(self, construct: IConstruct) -> bool:
        """Any construct: what lies below it is covered."""
        return True

    def apply_to(self, construct: IConstruct) -> None:
        """Covers a construct; `with_` calls this."""
        Cover.say(construct, self._settings)
