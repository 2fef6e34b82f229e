"""CloudNativePG's own pooler."""

from __future__ import annotations

from dataclasses import replace

import jsii
from cdk8s import Size
from constructs import Construct, IValidation

from ...kubernetes import Cpu, Labels, Manifest, Resources, checks, namespace_of
from ...kubernetes.image import pinned, version
from ...kubernetes.whole import whole
from ...traffic import Endpoint, Peer, SslMode, Tls, calls_in
from ...traffic.foreign import INJECT
from ..pgbouncer import Pooling
from .cloud_native_pg import CloudNativePg
from .cluster import PostgresCluster

PORT = 5432


@whole
@jsii.implements(IValidation)
class CloudNativePgPooler(Construct):
    """A `Pooler` of CloudNativePG in front of one cluster: PgBouncer run by the operator, instead of our `PgBouncer`.

    The operator gives it a role and a certificate of its own, so it serves all databases without their passwords.
    Pooling and prepared statements are the same safe pairs as those of `PgBouncer`.

    Args:
        of: A cluster with the engine `CloudNativePg`.
        name: Of the Pooler, its Deployment and its Service.
        image: CloudNativePG's image of PgBouncer.
        instances: Two or more survive the loss of a node.
        pooling: When a server connection is given back.
        pool_size: Server connections of each instance, for each database and role (`default_pool_size`).
        max_client_conn: Client connections of each instance.
        max_prepared_statements: Prepared statements that each connection may keep, in transaction mode.
        resources: PgBouncer uses one core at most.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    sql: Endpoint
    """The first database, pooled; a client gets the `PG*` variables of libpq."""

    pooler: Manifest
    """The `Pooler`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        of: PostgresCluster,
        name: str = "loom-db-pooler",
        image: str = "ghcr.io/cloudnative-pg/pgbouncer:1.25.1",
        instances: int = 2,
        pooling: Pooling = Pooling.TRANSACTION,
        pool_size: int = 50,
        max_client_conn: int = 500,
        max_prepared_statements: int = 200,
        resources: Resources | None = None,
    ) -> None:
        checks.instance("of", of, PostgresCluster)
        engine = of.engine
        if not isinstance(engine, CloudNativePg):
            raise checks.refuse("of", "a cluster of CloudNativePg (PgBouncer takes any)", type(engine).__name__)
        checks.service_name("name", name)
        if name in (of.name, *(f"{of.name}-{service}" for service in ("rw", "ro", "r"))):
            raise checks.refuse("name", "another one than those of the cluster's Services", name)
        pinned("image", image)
        checks.at_least("instances", instances, 1)
        checks.at_least("pool_size", pool_size, 1)
        checks.at_least("max_client_conn", max_client_conn, pool_size)
        checks.at_least("max_prepared_statements", max_prepared_statements, 1)
        checks.one_of("pooling", pooling, list(Pooling))
        pooling = Pooling(pooling)
        if pooling is Pooling.SESSION and pool_size < max_client_conn:
            raise checks.refuse(
                "pool_size", f"at least max_client_conn ({max_client_conn}) with Pooling.SESSION", pool_size
            )
        checks.instance("resources", resources, Resources, type(None))
        super().__init__(scope, id)
        self._clients = instances * max_client_conn
        parameters = {
            "max_client_conn": str(max_client_conn),
            "default_pool_size": str(pool_size),
            # lib/pq and JDBC send these at start, and would be turned away
            "ignore_startup_parameters": "extra_float_digits,options",
        }
        if pooling is Pooling.TRANSACTION:
            parameters["max_prepared_statements"] = str(max_prepared_statements)
        resources = resources or Resources(
            cpu=Cpu.millis(50), memory=Size.mebibytes(64), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(256)
        )
        self.pooler = Manifest(
            self,
            "pooler",
            {
                "apiVersion": "postgresql.cnpg.io/v1",
                "kind": "Pooler",
                "spec": {
                    "cluster": {"name": of.name},
                    "instances": instances,
                    "type": "rw",
                    "pgbouncer": {"image": image, "poolMode": pooling.value, "parameters": parameters},
                    "template": {
                        "metadata": {"annotations": {INJECT: "disabled"}},
                        "spec": {"containers": [{"name": "pgbouncer", "resources": resources.manifest()}]},
                    },
                },
            },
            name=name,
            labels=Labels("pgbouncer", name, "pooler", version(image)).all,
        )
        here = Peer(
            name,
            namespace_of(self),
            {"cnpg.io/poolerName": name},
            service_account=name,
            made_by=self.pooler,
        )
        # a rolling update runs one pod more
        here.calls(of.sql, env={}, connections=(instances + 1) * pool_size * len(of.databases))
        here.calls(engine.api_server)
        self.sql = replace(
            of.sql, server=here, host=name, port=PORT, pooled=pooling is Pooling.TRANSACTION, tls=_tls(of.sql.tls)
        )
        self.node.default_child = self.pooler
        self.node.add_validation(self)

    def validate(self) -> list[str]:
        """Refuses clients that may together open more connections than the pooler takes."""
        calls = [c for c in calls_in(self.node.root) if c.to.server == self.sql.server and c.connections]
        wanted = sum(c.connections or 0 for c in calls)
        if wanted <= self._clients:
            return []
        shares = ", ".join(f"{c.client.name} {c.connections}" for c in calls)
        return [
            f"instances × max_client_conn of {self.sql.host} must be at least {wanted} ({shares}), "
            f"got {self._clients}; raise them, or lower the clients' replicas"
        ]


def _tls(upstream: Tls | None) -> Tls | None:
    """It shows the servers' certificate, which is made out to their names and not to its own."""
    if upstream is not None and upstream.mode is SslMode.VERIFY_FULL:
        return Tls(SslMode.VERIFY_CA, upstream.ca)
    return upstream
