"""What is added to any workload: `ProductionDefaults` and its effects, one in each file."""

from .finding import Allow
from .production_defaults import ProductionDefaults
from .spread import ZoneSpread

__all__ = ["Allow", "ProductionDefaults", "ZoneSpread"]
