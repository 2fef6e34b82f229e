"""The control plane."""

from .control_plane import Ephemeral, LoomControlPlane, NodePorts

__all__ = ["Ephemeral", "LoomControlPlane", "NodePorts"]
