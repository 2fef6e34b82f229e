"""What Loom's programs are asked: one description, from which retries and time-outs follow.

Event streams (`/api/v1/events/stream`, logs) are left out on purpose: what matches no route has no time-out.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..traffic import Route

COLLECTIONS = ("beads", "providers", "agents", "decisions")
"""Each has a list and items: `/api/v1/beads`, `/api/v1/beads/<id>`."""


def _control_plane() -> Iterator[Route]:
    yield Route.read("/health(/live|/ready)?")
    yield Route.read("/api/v1/system/state")
    for collection in COLLECTIONS:
        path = f"/api/v1/{collection}"
        yield Route.read(path)
        yield Route.read(f"{path}/[^/]+")
        yield Route.change("POST", f"{path}(/.*)?")
        yield Route.change("PUT", f"{path}/.*")
        yield Route.change("PATCH", f"{path}/.*")
        yield Route.change("DELETE", f"{path}/.*")


CONTROL_PLANE = tuple(_control_plane())
"""The control plane's HTTP API."""

_CONNECTORS = "connectors.ConnectorsService"

CONNECTORS = (
    Route.grpc(_CONNECTORS, "ListConnectors", reads=True),
    Route.grpc(_CONNECTORS, "GetConnector", reads=True),
    Route.grpc(_CONNECTORS, "HealthCheck", reads=True),
    Route.grpc(_CONNECTORS, "RegisterConnector", reads=False),
    Route.grpc(_CONNECTORS, "RemoveConnector", reads=False),
)
"""The connectors service's gRPC API."""

_WORKFLOWS = "temporal.api.workflowservice.v1.WorkflowService"

WORKFLOWS = (
    # held by the server until there is a task; it answers "none" before this time is over
    *(
        Route.grpc(_WORKFLOWS, method, reads=False, seconds=60)
        for method in ("PollActivityTaskQueue", "PollWorkflowTaskQueue")
    ),
    Route.grpc(_WORKFLOWS, "StartWorkflowExecution", reads=False),
    Route.grpc(_WORKFLOWS, "SignalWorkflowExecution", reads=False),
    Route.grpc(_WORKFLOWS, "DescribeWorkflowExecution", reads=True),
)
"""What Loom asks of Temporal's frontend."""
