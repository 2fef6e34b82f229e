"""Loom's own workloads."""

from . import bus
from .agent import AgentRole, LoomAgent, LoomAgentPools
from .connectors import Connector, ConnectorsService
from .control_plane import Ephemeral, LoomControlPlane, NodePorts
from .ingress import LoomIngress
from .provider import LlmProvider
from .temporal import Temporal, TemporalLayout

__all__ = [
    "AgentRole",
    "Connector",
    "ConnectorsService",
    "Ephemeral",
    "LlmProvider",
    "LoomAgent",
    "LoomAgentPools",
    "LoomControlPlane",
    "LoomIngress",
    "NodePorts",
    "Temporal",
    "TemporalLayout",
    "bus",
]
