"""How much a namespace may use, and who goes first where there is not room for all."""

from .limit_range import LimitRange
from .priority_class import PriorityClass
from .resource_quota import ResourceQuota

__all__ = ["LimitRange", "PriorityClass", "ResourceQuota"]
