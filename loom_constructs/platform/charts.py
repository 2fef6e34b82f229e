"""Charts: what is rendered into one file."""

from __future__ import annotations

from typing import Any

import jsii
from cdk8s import App, Chart, Duration, Size
from constructs import Construct, IValidation

from ..data import (
    Database,
    NatsJetStream,
    NatsStream,
    NatsStreamBackup,
    NatsUser,
    PgBouncer,
    PostgresArchive,
    PostgresBackup,
    PostgresCluster,
)
from ..kubernetes import Namespace
from ..kubernetes.checks import refuse
from ..loom import ConnectorsService, LoomAgentPools, LoomControlPlane, LoomIngress, Temporal, bus
from ..observability import (
    NatsExporter,
    PostgresExporter,
    PrometheusRules,
    ServiceMonitor,
    backup_alerts,
    nats_alerts,
    postgres_alerts,
    stream_alerts,
)
from ..policies import (
    LinkerdIdentity,
    Mesh,
    MeshMode,
    MeshPolicies,
    NetworkPolicies,
    ServiceProfiles,
    intended_traffic,
)
from ..production import ExternalSecrets
from ..traffic import Endpoint, Peer
from . import secrets
from .environment import CloudNativePgSettings, Environment, Prometheus
from .postgres import postgres_engine

BACKUP_HOURS = 26
"""A day, and two hours in which the next one runs: what the drill takes for old too."""


class LoomChart(Chart):
    """A file of one environment: its objects lie in its namespace and carry its labels."""

    folder: str = ""
    """Where the file lies below the environment's folder; what lies deeper is applied on its own."""

    def __init__(self, scope: Construct, id: str, environment: Environment, *, namespaced: bool = True) -> None:
        super().__init__(
            scope,
            id,
            namespace=environment.namespace if namespaced else None,
            disable_resource_name_hashes=True,
            labels={"app.kubernetes.io/part-of": "loom", "environment": environment.name},
        )


class NamespaceChart(LoomChart):
    """The namespace."""

    def __init__(self, scope: Construct, id: str, environment: Environment) -> None:
        super().__init__(scope, id, environment, namespaced=False)
        self.namespace_object = Namespace(self, "namespace", name=environment.namespace)


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
            )


def _logins(environment: Environment) -> list[str]:
    """The Secrets that CloudNativePG reads as well."""
    if not isinstance(environment.postgres.engine, CloudNativePgSettings):
        return []
    monitor = [secrets.MONITOR.name] if environment.monitoring else []
    return [secrets.LOOM_DATABASE.name, secrets.TEMPORAL_DATABASE.name, *monitor]


class DataChart(LoomChart):
    """PostgreSQL, the pooler and the message bus."""

    def __init__(self, scope: Construct, id: str, environment: Environment) -> None:
        super().__init__(scope, id, environment)
        images = environment.images
        self.postgres = PostgresCluster(
            self,
            "postgres",
            databases=[
                Database("loom", secrets.LOOM_DATABASE),
                Database("temporal", secrets.TEMPORAL_DATABASE),
                Database("temporal_visibility", secrets.TEMPORAL_DATABASE, owner="temporal"),
            ],
            engine=postgres_engine(environment),
            monitor=secrets.MONITOR if environment.monitoring else None,
        )
        self.backup: PostgresBackup | None = None
        if environment.backup is not None:
            self.backup = PostgresBackup(
                self,
                "backup",
                of=self.postgres,
                to=environment.backup.storage,
                encryption=environment.backup.encryption,
                rclone_image=images.rclone,
                keep=environment.backup.keep,
            )
        self.archive: PostgresArchive | None = None
        if environment.archive is not None:
            self.archive = PostgresArchive(
                self,
                "archive",
                of=self.postgres,
                storage=environment.archive.storage,
                keep=environment.archive.keep,
            )
        self.pgbouncer = PgBouncer(
            self,
            "pgbouncer",
            image=images.pgbouncer,
            upstream=self.postgres.sql,
            replicas=environment.pgbouncer.replicas,
            pool_size=environment.pgbouncer.pool_size,
            max_client_conn=environment.pgbouncer.max_client_conn,
        )
        self.nats = NatsJetStream(
            self,
            "nats",
            image=images.nats,
            wait_image=images.busybox,
            users=[
                *(NatsUser(name, grant.publish, grant.subscribe) for name, grant in bus.GRANTS.items()),
                NatsUser.keeper(bus.STREAM),
                NatsUser.backup(bus.STREAM),
                NatsUser.restore(bus.STREAM),
            ],
            passwords=secrets.NATS,
            replicas=environment.nats.replicas,
            storage=environment.nats.storage,
            resources=environment.nats.resources,
        )
        self.stream = NatsStream(
            self,
            "stream",
            image=images.nats_box,
            nats=self.nats,
            stream=bus.STREAM,
            subjects=bus.SUBJECTS,
            max_bytes=bus.MAX_BYTES,
            max_age=bus.MAX_AGE,
            check_every=environment.nats.check_every,
        )
        self.stream_backup: NatsStreamBackup | None = None
        if environment.nats.backup is not None:
            self.stream_backup = NatsStreamBackup(
                self, "stream-backup", of=self.stream, storage=environment.nats.backup
            )


class TemporalChart(LoomChart):
    """The workflow engine."""

    def __init__(self, scope: Construct, id: str, environment: Environment, *, data: DataChart) -> None:
        super().__init__(scope, id, environment)
        images, settings = environment.images, environment.temporal
        self.temporal = Temporal(
            self,
            "temporal",
            image=images.temporal,
            admin_image=images.temporal_admin,
            ui_image=images.temporal_ui,
            wait_image=images.busybox,
            database=data.postgres.database("temporal"),
            visibility=data.postgres.database("temporal_visibility"),
            layout=settings.layout,
            replicas=settings.replicas,
            history_shards=settings.history_shards,
            connections=settings.connections,
            resources=settings.resources,
            ui=settings.ui,
        )


class ApplicationChart(LoomChart):
    """Loom's own programs."""

    def __init__(
        self, scope: Construct, id: str, environment: Environment, *, data: DataChart, temporal: TemporalChart
    ) -> None:
        super().__init__(scope, id, environment)
        images = environment.images
        self.connectors = ConnectorsService(
            self,
            "connectors",
            image=images.loom,
            wait_image=images.busybox,
            events=data.stream.client("connectors"),
            connectors=environment.connectors.connectors,
            replicas=environment.connectors.replicas,
            webhook=secrets.WEBHOOK,
            git=secrets.GIT,
            log_level=environment.log_level,
        )
        self.control_plane = LoomControlPlane(
            self,
            "control-plane",
            image=images.loom,
            wait_image=images.busybox,
            database=data.pgbouncer.sql,
            migrations=data.postgres.sql,
            events=data.stream.client("control-plane"),
            temporal=temporal.temporal.frontend,
            connectors=self.connectors.grpc,
            remote_connectors=environment.control_plane.remote_connectors,
            provider=environment.provider,
            secret=secrets.CONTROL_PLANE,
            git=secrets.GIT,
            data=environment.control_plane.data,
            replicas=environment.control_plane.replicas,
            node_ports=environment.control_plane.node_ports,
            resources=environment.control_plane.resources,
            log_level=environment.log_level,
        )
        self.agents = LoomAgentPools(
            self,
            "agents",
            image=images.loom,
            roles=environment.agents.roles,
            project=environment.agents.project,
            events=data.stream.client("agents"),
            control_plane=self.control_plane.api,
            provider=environment.provider,
            resources=environment.agents.resources,
            workspace=environment.agents.workspace,
            log_level=environment.log_level,
        )
        web = [Endpoint.internet(port) for port in environment.network.internet]
        for workload in [self.control_plane.workload, *(a.workload for a in self.agents.pools.values())]:
            for endpoint in web:
                Peer.of(workload).calls(endpoint)
        for endpoint in web:
            if endpoint.port == 443:
                Peer.of(self.connectors.workload).calls(endpoint)
        if environment.ingress is not None:
            settings = environment.ingress
            self.ingress = LoomIngress(
                self,
                "ingress",
                api=self.control_plane.api,
                webhooks=self.connectors.webhooks,
                controller=Peer(
                    "ingress",
                    settings.controller_namespace,
                    settings.controller_labels,
                    service_account=settings.controller_account or "default",
                    meshed=settings.controller_account is not None,
                ),
                host=settings.host,
                class_name=settings.class_name,
                issuer=settings.issuer,
                annotations=settings.annotations,
            )


class MonitoringChart(LoomChart):
    """What is measured of the data."""

    def __init__(self, scope: Construct, id: str, environment: Environment, *, data: DataChart) -> None:
        super().__init__(scope, id, environment)
        images = environment.images
        self.postgres = PostgresExporter(
            self, "postgres", image=images.postgres_exporter, database=data.postgres.monitor or data.postgres.sql
        )
        self.nats = NatsExporter(self, "nats", image=images.nats_exporter, of=data.nats)


class AlertsChart(LoomChart):
    """Who is told what, by the Prometheus operator."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        environment: Environment,
        *,
        monitoring: MonitoringChart,
        data: DataChart,
        prometheus: Prometheus,
        runbooks: str,
    ) -> None:
        super().__init__(scope, id, environment)
        postgres, nats = monitoring.postgres, monitoring.nats
        groups = {
            "loom-postgres": postgres_alerts(
                postgres.target, slot_limit=Size.mebibytes(data.postgres.storage_mebibytes // 4)
            ),
            "loom-nats": nats_alerts(nats.target, servers=nats.servers),
            "loom-streams": stream_alerts(nats.target, replicas=nats.servers),
        }
        if data.backup is not None:
            groups["loom-backups"] = backup_alerts(postgres.target, max_age=Duration.hours(BACKUP_HOURS))
        self.rules = PrometheusRules(
            self, "rules", name="loom-data", groups=groups, runbooks=runbooks, labels=prometheus.selects
        )
        scraper = Peer(
            "prometheus",
            prometheus.namespace,
            prometheus.labels,
            service_account=prometheus.account,
            meshed=prometheus.meshed,
        )
        for name, endpoint in (("postgres-monitor", postgres.metrics), ("nats-monitor", nats.metrics)):
            ServiceMonitor(self, name, of=endpoint, prometheus=scraper, labels=prometheus.selects)


class NetworkChart(LoomChart):
    """Who may talk to whom: network policies, from the calls of all charts."""

    def __init__(self, scope: Construct, id: str, environment: Environment) -> None:
        super().__init__(scope, id, environment)
        self.policies = NetworkPolicies(self, "policies", mesh=environment.mesh.mesh, dns=environment.network.dns)


class MeshChart(LoomChart):
    """The same for Linkerd. Where that is an add-on, this is applied with it, from a folder of its own."""

    def __init__(self, scope: Construct, id: str, environment: Environment, *, network: NetworkPolicies) -> None:
        super().__init__(scope, id, environment)
        if environment.mesh.mode is MeshMode.ADD_ON:
            self.folder = "linkerd"
        mesh = environment.mesh.mesh
        self.policies = MeshPolicies(self, "policies", network=network)
        self.profiles = ServiceProfiles(self, "profiles", mesh=mesh)


class LinkerdIdentityChart(LoomChart):
    """Where Linkerd's certificates come from. It is applied before Linkerd, from a folder of its own."""

    folder = "linkerd-identity"

    def __init__(self, scope: Construct, id: str, environment: Environment) -> None:
        super().__init__(scope, id, environment, namespaced=False)
        self.identity = LinkerdIdentity(self, "identity")


class LoomPlatform:
    """All charts of one environment in one app: the whole of Loom.

    Say the calls of your own workloads, then call `guard`, which derives from all calls who is let through:

        platform = LoomPlatform(app, PRODUCTION)
        Peer.of(their_deployment).calls(platform.data.stream.client("agents"))
        platform.guard()
    """

    def __init__(self, app: App, environment: Environment) -> None:
        self.environment = environment
        self.namespace = NamespaceChart(app, "namespace", environment)
        if environment.secret_store is not None:
            self.secrets = SecretsChart(app, "secrets", environment)
        self.data = DataChart(app, "data", environment)
        self.temporal = TemporalChart(app, "temporal", environment, data=self.data)
        self.application = ApplicationChart(app, "loom", environment, data=self.data, temporal=self.temporal)
        self.monitoring: MonitoringChart | None = None
        self.alerts: AlertsChart | None = None
        settings = environment.monitoring
        if settings is not None:
            self.monitoring = MonitoringChart(app, "monitoring", environment, data=self.data)
            if settings.prometheus is not None:
                self.alerts = AlertsChart(
                    app,
                    "alerts",
                    environment,
                    monitoring=self.monitoring,
                    data=self.data,
                    prometheus=settings.prometheus,
                    runbooks=settings.runbooks,
                )
        self._app = app
        self.network: NetworkChart | None = None
        self.mesh: MeshChart | None = None
        self.linkerd_identity: LinkerdIdentityChart | None = None
        app.node.add_validation(_Guarded(self))

    def guard(self) -> None:
        """Adds network policies, and the mesh where there is one. Calls that are said later are refused.

        Raises:
            ValueError: It was called before.
        """
        if self.network is not None:
            raise refuse("guard()", "called once", "a second call")
        self.network = NetworkChart(self._app, "network", self.environment)
        if self.environment.mesh.mode is not MeshMode.OFF:
            self.mesh = MeshChart(self._app, "linkerd", self.environment, network=self.network.policies)
        # as an add-on, Linkerd makes its own certificates
        if self.environment.mesh.mode is MeshMode.ON:
            self.linkerd_identity = LinkerdIdentityChart(self._app, "linkerd-identity", self.environment)

    def intended_traffic(self, mesh: Mesh) -> dict[str, Any]:
        """Who is meant to reach whom, with this mesh."""
        return intended_traffic(
            self._app,
            environment=self.environment.name,
            namespace=self.environment.namespace,
            mesh=mesh,
            dns=self.environment.network.dns,
        )


@jsii.implements(IValidation)
class _Guarded:
    def __init__(self, platform: LoomPlatform) -> None:
        self._platform = platform

    def validate(self) -> list[str]:
        if self._platform.network is not None:
            return []
        return [f"LoomPlatform of {self._platform.environment.name} lets everybody in; call guard() after all calls"]
