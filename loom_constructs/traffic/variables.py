"""Variables that programs of the field read."""

from __future__ import annotations

from collections.abc import Mapping

from ..kubernetes import EnvValue
from .endpoint import Endpoint


def libpq_variables(endpoint: Endpoint, host: str) -> Mapping[str, EnvValue]:
    """The variables that libpq and most drivers read."""
    env: dict[str, EnvValue] = {"PGHOST": host, "PGPORT": str(endpoint.port), "PGDATABASE": endpoint.database or ""}
    if endpoint.login:
        env |= {"PGUSER": endpoint.login.username, "PGPASSWORD": endpoint.login.password}
    return {**env, **endpoint.tls_variables}
