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

PORT = 5432


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

    Clients log in with SCRAM as the same user as without it; the user list is written into memory at start. It starts
    without the database and connects when that is there. When it is told to stop it finishes running transactions.

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
        self._clients = replicas * max_client_conn

        labels = Labels("pgbouncer", name, "pooler", version(image))
        settings = {
            "listen_addr": "*",
            "listen_port": PORT,
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": "/run/pgbouncer/userlist.txt",
            "pool_mode": pooling.value,
            "default_pool_size": pool_size,
            "max_client_conn": max_client_conn,
            # lib/pq and JDBC send these at start, and would be turned away
            "ignore_startup_parameters": "extra_float_digits,options",
            # a database pod that comes back has another address: look it up soon, and log in again soon
            "dns_max_ttl": 5,
            "dns_nxdomain_ttl": 1,
            "server_login_retry": 1,
        }
        if pooling is Pooling.TRANSACTION:
            settings["max_prepared_statements"] = max_prepared_statements
        if upstream.tls is not None:
            settings["server_tls_sslmode"] = upstream.tls.mode.value
            if file := upstream.tls.file(upstream.server.name):
                settings["server_tls_ca_file"] = file
        host = upstream.host_from(namespace_of(self))
        ini = (
            f"[databases]\n{upstream.database} = host={host} port={upstream.port} dbname={upstream.database}\n\n"
            + "[pgbouncer]\n"
            + "".join(f"{key} = {value}\n" for key, value in settings.items())
        )
        self.config = config_map(self, "config", name=f"{name}-config", labels=labels, files={"pgbouncer.ini": ini})
        users = Volume.memory("users", Size.mebibytes(1))
        login = {"USERNAME": upstream.login.username, "PASSWORD": upstream.login.password}
        list_users = Container(
            name="user-list",
            image=image,
            command=["sh", "-c", _WRITE_USER_LIST],
            env=login,
            resources=Resources.small(),
            mounts={"/run/pgbouncer": users},
        )
        # asks for TLS as a client does; N (no) or S (yes) comes from PgBouncer itself
        answers = rf"printf '\000\000\000\010\004\322\026\057' | timeout 4 nc -w 3 127.0.0.1 {PORT} | grep -q '^[NS]'"
        pooler = Container(
            name="pgbouncer",
            image=image,
            command=["pgbouncer", "/etc/pgbouncer/pgbouncer.ini"],
            ports={"sql": PORT},
            resources=resources
            or Resources(
                cpu=Cpu.millis(50), memory=Size.mebibytes(64), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(128)
            ),
            mounts={"/etc/pgbouncer": Volume.config("config", self.config.name), "/run/pgbouncer": users},
            startup=Probe.command(["sh", "-c", answers], period=1, failures=30),
            readiness=Probe.command(["sh", "-c", answers], period=5, failures=2),
            liveness=Probe.command(["sh", "-c", answers], period=15, failures=4),
            # out of the Service first; then SIGINT lets transactions end and stops the program
            pre_stop=["sh", "-c", "sleep 5; kill -INT 1; sleep 45"],
        )
        self.workload = Workload(
            self,
            "server",
            kind=Kind.DEPLOYMENT,
            labels=labels,
            containers=[pooler],
            init_containers=[list_users],
            user=70,
            grace=60,
            configs=[self.config],
            options=pod,
            spec={
                "replicas": replicas,
                "strategy": ROLLING_UPDATE,
            },
        )
        self.service = service(self, "service", workload=self.workload, ports={"sql": ServicePort(PORT)})
        here = Peer.of(self.workload)
        # a rolling update runs one pod more
        here.calls(replace(upstream, wait=None), env={}, connections=(replicas + 1) * pool_size)
        self.sql = replace(
            upstream,
            server=here,
            host=name,
            port=PORT,
            scheme="postgresql",
            pooled=pooling is Pooling.TRANSACTION,
            env=libpq_variables,
            tls=None,
        )
        self.node.default_child = self.workload.manifest
        self.node.add_validation(self)

    def validate(self) -> list[str]:
        """Refuses clients that may together open more connections than the poolers take."""
        calls = [c for c in calls_in(self.node.root) if c.to.server == self.sql.server and c.connections]
        wanted = sum(c.connections or 0 for c in calls)
        if wanted <= self._clients:
            return []
        shares = ", ".join(f"{c.client.name} {c.connections}" for c in calls)
        return [
            f"replicas × max_client_conn of {self.sql.host} must be at least {wanted} ({shares}), "
            f"got {self._clients}; raise them, or lower the clients' replicas"
        ]


_WRITE_USER_LIST = """\
set -eu
umask 077
quoted() { printf '"%s"' "$(printf %s "$1" | sed 's/"/""/g')"; }
echo "$(quoted "$USERNAME") $(quoted "$PASSWORD")" >/run/pgbouncer/userlist.txt
"""
