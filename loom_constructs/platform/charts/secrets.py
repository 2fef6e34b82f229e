"""The chart of where Secrets come from."""

from __future__ import annotations

from constructs import Construct

from ...production import ExternalSecrets
from .. import secrets
from ..environment import Environment
from ..settings import CloudNativePgSettings
from .chart import LoomChart


class SecretsChart(LoomChart):
    """Where the Secrets come from, in environments that have a store."""

    def __init__(self, scope: Construct, id: str, environment: Environment) -> None:
        super().__init__(scope, id, environment)
        if environment.secret_store is not None:
            self.secrets = ExternalSecrets(
                self,
                "secrets",
                store=environment.secret_store,
                secrets={
                    **{secret.name: list(entries) for secret, entries in environment.required_secrets.items()},
                    **{s.name: list(e) for s, e in secrets.OPTIONAL.items() if s.name in environment.stored_secrets},
                },
                logins=_logins(environment),
                rotated=_rotated(environment),
            )


def _logins(environment: Environment) -> list[str]:
    """The Secrets that CloudNativePG reads as well."""
    if not isinstance(environment.postgres.engine, CloudNativePgSettings):
        return []
    monitor = [secrets.MONITOR.name] if environment.monitoring else []
    return [secrets.LOOM_DATABASE.name, secrets.TEMPORAL_DATABASE.name, *monitor]


def _rotated(environment: Environment) -> list[str]:
    """Those that the embedded engine follows, with two logins meanwhile. An entry of the store must be there."""
    if isinstance(environment.postgres.engine, CloudNativePgSettings):
        return []
    return [secret.name for secret in secrets.LOGINS]
