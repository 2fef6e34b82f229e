"""Who runs PostgreSQL in an environment."""

from __future__ import annotations

from ..data import EmbeddedPostgres
from .environment import Environment


def postgres_engine(environment: Environment) -> EmbeddedPostgres:
    """The engine, from the environment's values."""
    settings = environment.postgres
    return EmbeddedPostgres(
        image=environment.images.postgres,
        storage=settings.storage,
        resources=settings.resources,
        max_connections=settings.max_connections,
    )
