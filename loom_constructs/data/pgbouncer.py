"""PgBouncer."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import jsii
from cdk8s import Size
from constructs import Construct, IValidation

from ..kubernetes import (
    ROLLING_UPDATE,
    Container,
    Cpu,
    Kind,
    Labels,
    Manifest,
    PodOptions,
    Probe,
    Resources,
    ServicePort,
    Volume,
    Workload,
    checks,
    config_map,
    namespace_of,
    service,
)
from ..kubernetes.image import numbers, pinned, version
from ..kubernetes.values import readable
from ..kubernetes.whole import whole
from ..traffic import Endpoint, Peer, calls_in, libpq_variables
from . import pgbouncer_files as files

PORT = 5432
RESERVED_CLIENTS = 2
"""Kept free of the clients that are declared: a metrics exporter, and someone who looks."""


class Pooling(StrEnum):
    """When a server connection goes back to the pool (PgBouncer's `pool_mode`)."""

    TRANSACTION = "transaction"
    """After each transaction: few connections serve many clients. Clients must not keep state between transactions;
    Go's lib/pq must say `binary_parameters=yes`, as the configuration that is rendered for Loom does."""

    SESSION = "session"
    """When the client leaves: everything works, and a pool must be as large as the number of its clients."""


@whole
@jsii.implements(IValidation)
class PgBouncer(Construct):
    """PgBouncer (Deployment and Service) in front of one PostgreSQL database.

    Clients log in with SCRAM as the same user as without it; the user list is written into memory. It starts without
    the database and connects when that is there. A changed ConfigMap or Secret is taken over while it runs. When it is
    told to stop it finishes running transactions. While the Secret has a second login (`previous-username` and
    `previous-password`), clients may use either.

    Args:
        upstream: The database, such as `PostgresCluster.sql`, with a login.
        name: Of the Deployment and the Service.
        image: PgBouncer 1.21 or newer for `Pooling.TRANSACTION`.
        replicas: Two or more survive the loss of a node.
        pooling: When a server connection is given back.
        pool_size: Server connections of each replica (`default_pool_size`).
        max_client_conn: Client connections of each replica.
        max_prepared_statements: Prepared statements that each connection may keep, in transaction mode.
        resources: PgBouncer uses one core at most.
        pod: What you add to the pods.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    sql: Endpoint
    """The database, pooled; a client gets the `PG*` variables of libpq."""

    workload: Workload
    """The Deployment."""

    service: Manifest
    """The Service."""

    config: Manifest
    """The ConfigMap with `pgbouncer.ini`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        upstream: Endpoint,
        name: str = "pgbouncer",
        image: str = "edoburu/pgbouncer:v1.25.2-p0",
        replicas: int = 2,
        pooling: Pooling = Pooling.TRANSACTION,
        pool_size: int = 50,
        max_client_conn: int = 500,
        max_prepared_statements: int = 200,
        resources: Resources | None = None,
        pod: PodOptions | None = None,
    ) -> None:
        pinned("image", image)
        checks.at_least("replicas", replicas, 1)
        checks.at_least("pool_size", pool_size, 1)
        checks.at_least("max_client_conn", max_client_conn, pool_size)
        checks.at_least("max_prepared_statements", max_prepared_statements, 1)
        checks.one_of("pooling", pooling, list(Pooling))
        pooling = Pooling(pooling)
        checks.service_name("name", name)
        checks.instance("upstream", upstream, Endpoint)
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        upstream.expected("upstream", "postgresql")
        if upstream.login is None or upstream.database is None:
            raise checks.refuse("upstream", "a database with a login", f"{upstream.server.name}:{upstream.name}")
        if pooling is Pooling.TRANSACTION and numbers(image) and numbers(image) < (1, 21):
            raise checks.refuse(
                "image", "PgBouncer 1.21 or newer with Pooling.TRANSACTION (max_prepared_statements)", image
            )
        if pooling is Pooling.SESSION and pool_size < max_client_conn:
            raise checks.refuse(
                "pool_size", f"at least max_client_conn ({max_client_conn}) with Pooling.SESSION", pool_size
            )
        readable("upstream", upstream.login.values, namespace_of(scope))
        super().__init__(scope, id)
        self._available = max(1, replicas - 1)
        self._max_client_conn = max_client_conn

        labels = Labels("pgbouncer", name, "pooler", version(image))
        transaction = pooling is Pooling.TRANSACTION
        settings = files.settings(
            server_tls=_server_tls(upstream),
            port=PORT,
            pool_mode=pooling.value,
            pool_size=pool_size,
            max_client_conn=max_client_conn,
            max_prepared_statements=max_prepared_statements if transaction else None,
        )
        host = upstream.host_from(namespace_of(self))
        ini = files.configuration(settings, upstream.database, f"host={host} port={upstream.port}")
        self.config = config_map(self, "config", name=f"{name}-config", labels=labels, files={"pgbouncer.ini": ini})
        username = upstream.login.username
        login = {name.replace("_", "-"): key for name, key in upstream.login.entries.items()}
        # Asks for TLS as a client does; N (no) or S (yes) comes from PgBouncer itself. Without `timeout`: the kubelet
        # has one, and busybox's leaves a process behind, which nobody clears away where PgBouncer is the first one.
        answers = rf"printf '\000\000\000\010\004\322\026\057' | nc -w 3 127.0.0.1 {PORT} | grep -q '^[NS]'"
        pooler = Container(
            name="pgbouncer",
            image=image,
            command=["sh", "-c", files.START],
            env={"USERNAME": username} if isinstance(username, str) else {},
            ports={"sql": PORT},
            resources=resources
            or Resources(
                cpu=Cpu.millis(50), memory=Size.mebibytes(64), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(128)
            ),
            # as folders: the kubelet renews their files, which it does not with single ones (subPath)
            mounts={
                files.CONFIG: Volume.config("config", self.config.name),
                files.LOGIN: Volume.secrets("login", login),
                files.USERS: Volume.memory("users", Size.mebibytes(1)),
            },
            startup=Probe.command(["sh", "-c", answers], period=1, failures=30),
            readiness=Probe.command(["sh", "-c", answers], period=5, failures=2),
            liveness=Probe.command(["sh", "-c", answers], period=15, failures=4),
            pre_stop=["sh", "-c", files.STOP],
        )
        self.workload = Workload(
            self,
            "server",
            kind=Kind.DEPLOYMENT,
            labels=labels,
            containers=[pooler],
            user=70,
            grace=files.GRACE,
            annotations={"checksum/settings-of-start": files.checksum_of_start(settings)},
            options=pod,
            spec={
                "replicas": replicas,
                "minReadySeconds": files.READY_SECONDS,
                "strategy": ROLLING_UPDATE,
            },
        )
        self.service = service(self, "service", workload=self.workload, ports={"sql": ServicePort(PORT)})
        here = Peer.of(self.workload)
        # A rolling update runs one pod more. The one that ends has no new clients, and its idle connections are closed
        # within seconds; a pooler that finds PostgreSQL full meanwhile tries again each second, and its clients wait.
        here.calls(replace(upstream, wait=None), env={}, connections=(replicas + 1) * pool_size)
        self.sql = replace(
            upstream,
            server=here,
            host=name,
            port=PORT,
            scheme="postgresql",
            pooled=transaction,
            env=libpq_variables,
            tls=None,
        )
        self.node.default_child = self.workload.manifest
        self.node.add_validation(self)

    def validate(self) -> list[str]:
        """Refuses clients that may together open more connections than are left when one pooler is lost."""
        calls = [c for c in calls_in(self.node.root) if c.to.server == self.sql.server]
        wanted = sum(c.connections or 0 for c in calls) + RESERVED_CLIENTS
        if wanted <= self._available * self._max_client_conn:
            return []
        shares = [f"{c.client.name} {c.connections or 'not said'}" for c in calls]
        return [
            f"max_client_conn of {self.sql.host} must be at least {-(-wanted // self._available)}, so that "
            f"{self._available} of its poolers take{'s' if self._available == 1 else ''} {wanted} clients "
            f"({', '.join(shares)}, reserved {RESERVED_CLIENTS}), got {self._max_client_conn}; "
            "raise it or replicas, or lower the clients' replicas"
        ]


def _server_tls(upstream: Endpoint) -> dict[str, str]:
    if upstream.tls is None:
        return {}
    file = upstream.tls.file(upstream.server.name)
    mode = {"server_tls_sslmode": upstream.tls.mode.value}
    return {**mode, "server_tls_ca_file": file} if file else mode
