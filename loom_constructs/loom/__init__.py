"""Loom's own workloads."""

from .agent import AgentRole, LoomAgent, LoomAgentPools
from .connectors import Connector, ConnectorsService
from .control_plane import Ephemeral, LoomControlPlane, NodePorts
from .provider import LlmProvider

__all__ = [
    "AgentRole",
    "Connector",
    "ConnectorsService",
    "Ephemeral",
    "LlmProvider",
    "LoomAgent",
    "LoomAgentPools",
    "LoomControlPlane",
    "NodePorts",
]
