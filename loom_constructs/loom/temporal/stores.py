"""Where a Temporal server keeps its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...kubernetes import Container, EnvValue, Login, checks
from ...traffic import Endpoint, SslMode, Wait
from .files import schema_check


@dataclass(frozen=True)
class Stores:
    """Temporal's two databases on one PostgreSQL server.

    Args:
        database: For workflows; its login owns both.
        visibility: For searches.
    """

    database: Endpoint
    visibility: Endpoint

    def __post_init__(self) -> None:
        for argument, store in (("database", self.database), ("visibility", self.visibility)):
            if store.database is None or store.login is None or store.wait is None:
                raise checks.refuse(argument, "a PostgreSQL database with a login", f"{store.server.name}:{store.name}")
            store.expected(argument, "postgresql")
            if store.pooled:
                raise checks.refuse(argument, "PostgreSQL itself, not a pooler", f"{store.server.name}:{store.name}")
        if self.visibility.server != self.database.server:
            raise checks.refuse(
                "visibility", f"on the server of database ({self.database.server.name})", self.visibility.host
            )
        if self.database.database == self.visibility.database:
            raise checks.refuse("visibility", "another database than database", self.visibility.database)
        if self.database.tls != self.visibility.tls:
            raise checks.refuse("visibility", "a database with the same TLS as database", self.visibility.tls)
        if self.database.login != self.visibility.login:
            raise checks.refuse("visibility", "a database of the same login as database", self.visibility.database)

    @property
    def names(self) -> tuple[str, str]:
        """What the databases are called."""
        return self.database.database or "", self.visibility.database or ""

    @property
    def login(self) -> Mapping[str, EnvValue]:
        """The variables with the login."""
        login: Login | None = self.database.login
        return {"SQL_USER": login.username, "SQL_PASSWORD": login.password} if login else {}

    @property
    def tls(self) -> Mapping[str, EnvValue]:
        """TLS, as `temporal-sql-tool` reads it."""
        tls = self.database.tls
        if tls is None or tls.mode is SslMode.DISABLE:
            return {}
        file = tls.file(self.database.server.name)
        return {
            "SQL_TLS": "true",
            "SQL_TLS_DISABLE_HOST_VERIFICATION": str(tls.mode is not SslMode.VERIFY_FULL).lower(),
            **({"SQL_TLS_CA_FILE": file} if file else {}),
        }

    def wait_for_schema(self, namespace: str, versions: tuple[str, str]) -> Container:
        """Waits until both schemas are new enough; the server would stop on an older one, or on none."""
        image = self.database.wait.image if self.database.wait else ""
        wait = Wait(image, schema_check(*self.names, versions), login=True, env={"PGCONNECT_TIMEOUT": "5"})
        return wait.container(
            "wait-for-schema",
            host=self.database.host_from(namespace),
            port=self.database.port,
            login=self.database.login,
            required=True,
            env=self.database.tls_variables,
            mounts=self.database.mounts,
        )
