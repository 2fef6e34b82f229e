"""PostgreSQL, whoever runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias, Union

import jsii
from cdk8s import Size
from constructs import Construct, IValidation

from ...kubernetes import EnvValue, Login, Manifest, SecretRef, Workload, checks, namespace_of
from ...kubernetes.whole import whole
from ...traffic import Endpoint, Wait, libpq_variables
from .budget import exceeded
from .cloud_native_pg import CloudNativePg, CloudNativePgServer
from .database import Database
from .embedded import EmbeddedPostgres, EmbeddedServer
from .external import ExternalPostgres
from .replication import slot_limit
from .served import Served

Engine: TypeAlias = Union[EmbeddedPostgres, CloudNativePg, ExternalPostgres]


@whole
@jsii.implements(IValidation)
class PostgresCluster(Construct):
    """PostgreSQL with databases and roles: embedded (a StatefulSet), run by CloudNativePG, or external.

    Whoever runs it, clients see the same endpoints: another engine is another value of one argument. The data does not
    come along by itself (docs/how-to/move-postgres.md).

    Args:
        databases: The first one is `sql`.
        name: Of the StatefulSet and the Service; of CloudNativePG's Cluster; of an external server in policies.
        engine: Who runs it, and how; without it, `EmbeddedPostgres()`.
        monitor: Secret with `username` and `password` of a role that sees how the server is (`pg_monitor`) and reads
            the verdicts of backups in the first database, and nothing else. For `PostgresExporter`. With CloudNativePG
            its `username` is `loom_monitor`; on an external server the role must be there.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    sql: Endpoint
    """The first database; a client gets the `PG*` variables of libpq."""

    databases: Mapping[str, Endpoint]
    """All databases by name."""

    replication: Endpoint | None
    """For whom reads the log of the embedded engine, if there is a login for that."""

    monitor: Endpoint | None
    """The first database for the role that monitors, if there is one."""

    name: str
    """What it is called."""

    engine: Engine
    """Who runs it."""

    image: str
    """An image with PostgreSQL's programs, of the server's major version: who dumps and restores needs them."""

    user: int
    """The user id of that image's `postgres`."""

    storage_mebibytes: int
    """How large its data can get."""

    server: EmbeddedServer | CloudNativePgServer | None
    """What is rendered for the server itself; nothing for an external one."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        databases: Sequence[Database],
        name: str = "loom-db",
        engine: Engine | None = None,
        monitor: SecretRef | None = None,
    ) -> None:
        engine = EmbeddedPostgres() if engine is None else engine
        checks.instance("engine", engine, EmbeddedPostgres, CloudNativePg, ExternalPostgres)
        checks.service_name("name", name)
        for database in databases or ():
            checks.instance("databases", database, Database)
        if not databases:
            raise checks.refuse("databases", "at least one Database", databases)
        checks.unique("databases", (d.name for d in databases))
        checks.instance("monitor", monitor, SecretRef, type(None))
        if isinstance(engine, CloudNativePg):
            engine.check(name, databases)
        super().__init__(scope, id)
        self.name, self.engine = name, engine
        self.server, served = self._serve(databases, monitor)
        self._max_connections = served.max_connections
        self.image, self.user = served.image, served.user
        self.storage_mebibytes = served.storage_mebibytes
        # of a server outside, clients of any namespace bring the Secrets of their own
        home = None if served.peer.is_outside else namespace_of(self)
        self.databases = {
            d.name: Endpoint(
                server=served.peer,
                name="sql",
                host=served.host,
                port=served.port,
                database=d.name,
                login=Login.of(replace(d.login, namespace=home)),
                scheme="postgresql",
                env=libpq_variables,
                wait=Wait.postgres(served.image, d.name),
                tls=served.tls,
            )
            for d in databases
        }
        self.sql = self.database(databases[0].name)
        self.monitor = None
        if monitor is not None:
            self.monitor = self.sql.with_login(Login.of(replace(monitor, namespace=home)))
        self.replication = None
        if isinstance(engine, EmbeddedPostgres) and engine.replication is not None:
            self.replication = replace(
                self.sql,
                database="postgres",
                login=Login.of(replace(engine.replication, namespace=home)),
                wait=Wait.postgres(served.image, "postgres"),
            )
        if served.main is not None:
            self.node.default_child = served.main
        self.node.add_validation(self)

    def _serve(
        self, databases: Sequence[Database], monitor: SecretRef | None
    ) -> tuple[EmbeddedServer | CloudNativePgServer | None, Served]:
        engine = self.engine
        if isinstance(engine, ExternalPostgres):
            return None, engine.served(self.name)
        server: EmbeddedServer | CloudNativePgServer
        if isinstance(engine, EmbeddedPostgres):
            server = EmbeddedServer(self, "server", name=self.name, databases=databases, engine=engine, monitor=monitor)
        else:
            server = CloudNativePgServer(
                self, "server", name=self.name, databases=databases, engine=engine, monitor=monitor
            )
        return server, server.served

    def database(self, name: str) -> Endpoint:
        """The endpoint of one of the databases."""
        checks.one_of("name", name, list(self.databases))
        return self.databases[name]

    @property
    def logins(self) -> Mapping[str, EnvValue]:
        """Variables `<database>_username` and `<database>_password`, for who dumps and restores all of them."""
        env: dict[str, EnvValue] = {}
        for name, endpoint in self.databases.items():
            if endpoint.login is not None:
                env |= {f"{name}_username": endpoint.login.username, f"{name}_password": endpoint.login.password}
        return env

    @property
    def slot_limit(self) -> Size:
        """How much log a replication slot may hold back."""
        return Size.mebibytes(slot_limit(self.storage_mebibytes))

    @property
    def workload(self) -> Workload:
        """The StatefulSet of the embedded engine."""
        return self._embedded("workload").workload

    @property
    def service(self) -> Manifest:
        """The headless Service of the embedded engine."""
        return self._embedded("service").service

    @property
    def config(self) -> Manifest:
        """The embedded engine's ConfigMap: `postgresql.conf`, `pg_hba.conf` and the preparation's script."""
        return self._embedded("config").config

    def _embedded(self, what: str) -> EmbeddedServer:
        if not isinstance(self.server, EmbeddedServer):
            raise checks.refuse(f"engine, for its {what},", "an EmbeddedPostgres", self.engine)
        return self.server

    def validate(self) -> list[str]:
        """Refuses clients that may together open more connections than the server takes."""
        return exceeded(self.node.root, self.sql, self._max_connections)
