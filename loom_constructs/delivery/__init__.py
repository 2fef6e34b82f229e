"""From rendered files to a cluster. Knows kubectl, and no construct."""

from .apply import apply, delete
from .jobs import DATABASES, STREAM, run_now
from .kubectl import DeliveryError
from .secrets import create_missing

__all__ = ["DATABASES", "STREAM", "DeliveryError", "apply", "create_missing", "delete", "run_now"]
