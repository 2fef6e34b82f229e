"""PostgreSQL's numbers, and the verdicts of its backups."""

from __future__ import annotations

from dataclasses import replace

from cdk8s import Size
from constructs import Construct

from ..kubernetes import (
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
    service,
)
from ..kubernetes.image import pinned, version
from ..kubernetes.whole import whole
from ..traffic import Endpoint, Peer, Wire
from .postgres_queries import queries
from .target import Target

PORT = 9187
USER = 65534
CONFIG = "/etc/postgres-exporter"


@whole
class PostgresExporter(Construct):
    """What Prometheus scrapes of a PostgreSQL server (Deployment and Service): its numbers, and verdicts of backups.

    It starts without the server, too: then it says that the server is down. It holds up to three connections.

    Args:
        database: Where the verdicts are, with a login that may read them (`PostgresCluster.monitor`). The
            exporter does not take a password with spaces in it.
        name: Of the Deployment and the Service; without it, `<server>-exporter`.
        pod: What you add to the pod.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    metrics: Endpoint
    """Where Prometheus scrapes."""

    target: Target
    """The series, as Prometheus labels them."""

    workload: Workload
    """The Deployment."""

    service: Manifest
    """The Service."""

    config: Manifest
    """The ConfigMap with the queries."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        database: Endpoint,
        name: str | None = None,
        image: str = "quay.io/prometheuscommunity/postgres-exporter:v0.20.1",
        resources: Resources | None = None,
        pod: PodOptions | None = None,
    ) -> None:
        pinned("image", image)
        checks.instance("database", database, Endpoint)
        database.expected("database", "postgresql")
        if database.login is None or database.database is None:
            raise checks.refuse("database", "an Endpoint with a database and a login", database.server.name)
        name = name or f"{database.server.name}-exporter"
        checks.service_name("name", name)
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        super().__init__(scope, id)
        labels = Labels("postgres-exporter", name, "metrics", version(image))
        self.config = config_map(
            self, "config", name=f"{name}-config", labels=labels, files={"queries.yaml": queries()}
        )
        container = Container(
            name="exporter",
            image=image,
            env={
                "DATA_SOURCE_USER": database.login.username,
                "DATA_SOURCE_PASS": database.login.password,
                "PG_EXPORTER_EXTEND_QUERY_PATH": f"{CONFIG}/queries.yaml",
            },
            ports={"metrics": PORT},
            resources=resources
            or Resources(
                cpu=Cpu.millis(10),
                memory=Size.mebibytes(32),
                cpu_limit=Cpu.millis(250),
                memory_limit=Size.mebibytes(128),
            ),
            mounts={CONFIG: Volume.config("config", self.config.name)},
            # not /metrics: each look at that asks the server
            readiness=Probe.http("/", "metrics", period=10),
            liveness=Probe.http("/", "metrics", period=20),
        )
        self.workload = Workload(
            self,
            "server",
            kind=Kind.DEPLOYMENT,
            labels=labels,
            containers=[container],
            user=USER,
            configs=[self.config],
            spec={"replicas": 1},
            options=pod,
        )
        self.service = service(
            self, "service", workload=self.workload, ports={"metrics": ServicePort(PORT, app_protocol="http")}
        )
        here = Peer.of(self.workload)
        self.metrics = Endpoint(here, "metrics", name, PORT, wire=Wire.HTTP, scheme="http")
        self.target = Target(here.namespace, name)
        uri = f"{database.address_from(here.namespace)}/{database.database}"
        here.calls(
            # it has to say that the server is down, so it does not wait for it
            replace(database, wait=None),
            env={"DATA_SOURCE_URI": f"{uri}?{_tls(database)}&connect_timeout=10"},
            required=False,
        )
        self.node.default_child = self.workload.manifest


def _tls(database: Endpoint) -> str:
    if database.tls is None:
        return "sslmode=disable"
    file = database.tls.file(database.server.name)
    return f"sslmode={database.tls.mode.value}" + (f"&sslrootcert={file}" if file else "")
