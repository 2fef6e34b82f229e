"""How many connections the clients of a server may open together."""

from __future__ import annotations

from constructs import IConstruct

from ...traffic import Endpoint, calls_in
from . import monitoring

RESERVED_CONNECTIONS = 3 + monitoring.CONNECTIONS + 4
"""Kept free of clients: superuser_reserved_connections, the metrics exporter, and backup, drill and migration."""


def exceeded(root: IConstruct, sql: Endpoint, max_connections: int) -> list[str]:
    """Says so if the declared calls may open more connections than the server takes."""
    calls = [c for c in calls_in(root) if c.to.server == sql.server and c.connections]
    wanted = sum(c.connections or 0 for c in calls)
    if wanted + RESERVED_CONNECTIONS <= max_connections:
        return []
    shares = ", ".join(f"{c.client.name} {c.connections}" for c in calls)
    return [
        f"max_connections of {sql.host} must be at least {wanted + RESERVED_CONNECTIONS} "
        f"({shares}, reserved {RESERVED_CONNECTIONS}), got {max_connections}; "
        "raise it, or lower pools and replicas"
    ]
