"""Brings Linkerd into the cluster, and the platform into its mesh, without cutting a running system off.

Knows kubectl, linkerd and helm as programs on the PATH, and no construct.
"""

from .check import check
from .dashboard import dashboard
from .platforms import PLATFORMS
from .setup import setup
from .versions import LINKERD

__all__ = ["LINKERD", "PLATFORMS", "check", "dashboard", "setup"]
