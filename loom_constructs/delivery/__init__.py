"""From rendered files to a cluster. Knows kubectl, and no construct."""

from .apply import apply, delete
from .jobs import DATABASES, STREAM, run_now
from .kubectl import DeliveryError
from .point_in_time import restore_to
from .rotate import rotate_login, rotate_password
from .secrets import create_missing

__all__ = [
    "DATABASES",
    "STREAM",
    "DeliveryError",
    "apply",
    "create_missing",
    "delete",
    "restore_to",
    "rotate_login",
    "rotate_password",
    "run_now",
]
