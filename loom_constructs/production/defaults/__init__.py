"""What is added to any workload: `ProductionDefaults` and its effects, one in each file."""

from .finding import Allow
from .images import ImageRule
from .production_defaults import ProductionDefaults
from .resources import ResourceClass
from .spread import ZoneSpread

__all__ = ["Allow", "ImageRule", "ProductionDefaults", "ResourceClass", "ZoneSpread"]
