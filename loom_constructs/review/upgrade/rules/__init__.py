"""What is known about differences, a file for each topic; worst first, for each takes what it explains."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..pair import Pair
from ..verdict import Change
from .backups import backups
from .claims import claims
from .configuration import configuration
from .custom import custom
from .databases import databases
from .refused import refused
from .releases import releases
from .restarts import restarts
from .scale import scale
from .services import services
from .settings import settings
from .strategy import strategy
from .volumes import volumes
from .whatever import whatever

RULES: tuple[Callable[[Pair], Iterator[Change]], ...] = (
    *(backups, claims, volumes, databases, releases, settings, custom, services),
    *(refused, strategy, scale, restarts, configuration, whatever),
)
