"""The services that a Temporal server is made of, and their ports."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class TemporalRole(StrEnum):
    """A service of the Temporal server."""

    FRONTEND = "frontend"
    HISTORY = "history"
    MATCHING = "matching"
    WORKER = "worker"


GRPC_PORTS: Mapping[TemporalRole, int] = {
    TemporalRole.FRONTEND: 7233,
    TemporalRole.HISTORY: 7234,
    TemporalRole.MATCHING: 7235,
    TemporalRole.WORKER: 7239,
}
MEMBERSHIP_PORTS: Mapping[TemporalRole, int] = {
    TemporalRole.FRONTEND: 6933,
    TemporalRole.HISTORY: 6934,
    TemporalRole.MATCHING: 6935,
    TemporalRole.WORKER: 6939,
}
METRICS_PORT = 9090

HEALTH: Mapping[TemporalRole, str] = {
    TemporalRole.FRONTEND: "temporal.api.workflowservice.v1.WorkflowService",
    TemporalRole.HISTORY: "temporal.api.workflowservice.v1.HistoryService",
    TemporalRole.MATCHING: "temporal.api.workflowservice.v1.MatchingService",
}
"""What the gRPC health service calls them; the worker serves no API."""

USER = 1000
"""User and group of Temporal's images."""
