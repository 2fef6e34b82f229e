"""Temporal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum

from cdk8s import Size
from constructs import Construct

from ..kubernetes import (
    Container,
    Cpu,
    EnvValue,
    Kind,
    Labels,
    Manifest,
    PodField,
    PodOptions,
    Probe,
    Resources,
    ServicePort,
    Volume,
    Workload,
    config_map,
    namespace_of,
    service,
)
from ..kubernetes import checks
from ..kubernetes.image import pinned, version
from ..traffic import Endpoint, Peer, Wait, Wire
from . import temporal_files as files
from .temporal_files import GRPC_PORTS, MEMBERSHIP_PORTS, TemporalRole

USER = 1000
UI_PORT = 8080

_API = "temporal.api.workflowservice.v1"
_HEALTH: Mapping[TemporalRole, str] = {
    TemporalRole.FRONTEND: f"{_API}.WorkflowService",
    TemporalRole.HISTORY: f"{_API}.HistoryService",
    TemporalRole.MATCHING: f"{_API}.MatchingService",
}


class TemporalLayout(str, Enum):
    """How the four roles of the server are spread over pods."""

    SINGLE = "single"
    """All in each pod of one Deployment."""

    SPLIT = "split"
    """A Deployment for each, so that each scales and fails alone."""


class Temporal(Construct):
    """A Temporal server: its roles, a Job that makes its schema, and a Job that makes its namespace.

    It talks to PostgreSQL directly, not through a pooler. The servers wait for the schema; a new release of the schema
    is a new Job. The image brings no dynamic configuration and stops without one, so a file is mounted.

    Args:
        database: Temporal's database; its login owns both.
        visibility: The database for searches, on the same server.
        layout: One Deployment, or one for each role.
        replicas: Of each Deployment.
        history_shards: Fixed for ever at the first start; another number makes the data unreadable.
        connections: To each database, for each role of each pod, at most.
        namespace: Temporal's, not Kubernetes'.
        retention_days: How long closed workflows are kept.
        ui: Whether to run the web UI (Deployment and Service `<name>-ui`).
        image: The server; `admin_image` must be of the same version.
        pod: What you add to the servers' pods.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    frontend: Endpoint
    """Where clients connect, gRPC. Nothing of Loom needs it to start."""

    workloads: Mapping[str, Workload]
    """The Deployments by name."""

    schema_job: Workload
    """Makes or updates the schema."""

    namespace_job: Workload
    """Makes the namespace."""

    service: Manifest
    """The Service of the frontend."""

    config: Manifest
    """The ConfigMap with the server's configuration."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        database: Endpoint,
        visibility: Endpoint,
        layout: TemporalLayout = TemporalLayout.SINGLE,
        replicas: int = 1,
        history_shards: int = 512,
        connections: int = 20,
        namespace: str = "default",
        retention_days: int = 3,
        ui: bool = False,
        name: str = "temporal",
        image: str = "temporalio/server:1.31.2",
        admin_image: str = "temporalio/admin-tools:1.31.2",
        ui_image: str = "temporalio/ui:2.52.0",
        wait_image: str = "busybox:1.37.0",
        resources: Resources | None = None,
        pod: PodOptions | None = None,
    ) -> None:
        for argument, value in (("image", image), ("admin_image", admin_image), ("ui_image", ui_image)):
            pinned(argument, value)
        checks.dns_label("name", name)
        checks.dns_label("namespace", namespace)
        checks.one_of("layout", layout, list(TemporalLayout))
        for argument, number in (
            ("replicas", replicas),
            ("history_shards", history_shards),
            ("connections", connections),
            ("retention_days", retention_days),
        ):
            checks.at_least(argument, number, 1)
        for argument, store in (("database", database), ("visibility", visibility)):
            if store.database is None or store.login is None or store.wait is None:
                raise checks.refuse(argument, "a PostgreSQL database with a login", f"{store.server.name}:{store.name}")
        if visibility.server != database.server:
            raise checks.refuse("visibility", f"on the server of database ({database.server.name})", visibility.host)
        if version(image) != version(admin_image):
            raise checks.refuse("admin_image", f"of the server's version {version(image)}", admin_image)
        super().__init__(scope, id)
        self._wait_image = wait_image
        self._names = (database.database or "", visibility.database or "")
        self._database = database
        self._pod = pod

        split = layout is TemporalLayout.SPLIT
        labels = Labels("temporal", name, "workflows", version(image))
        self.config = config_map(
            self, "config", name=f"{name}-config", labels=labels,
            files={
                "server.yaml": files.configuration(
                    database=self._names[0],
                    visibility=self._names[1],
                    address=database.address_from(namespace_of(self)),
                    # a pod with all roles asks itself, and so needs nobody else to start
                    frontend=f"{name}:{GRPC_PORTS[TemporalRole.FRONTEND]}"
                    if split
                    else f'{{{{ env "POD_IP" }}}}:{GRPC_PORTS[TemporalRole.FRONTEND]}',
                    shards=history_shards,
                    connections=connections,
                ),
                "dynamic.yaml": files.DYNAMIC_CONFIGURATION,
            },
        )  # fmt: skip
        resources = resources or Resources(
            cpu=Cpu.millis(200), memory=Size.mebibytes(512), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(1)
        )
        groups: dict[str, Sequence[TemporalRole]] = (
            {f"{name}-{role.value}": [role] for role in TemporalRole} if split else {name: list(TemporalRole)}
        )
        self.workloads = {
            group: self._server(group, roles, image=image, replicas=replicas, resources=resources)
            for group, roles in groups.items()
        }
        self._let_roles_talk(groups)
        front = self.workloads[f"{name}-frontend" if split else name]
        self.service = service(
            self, "service",
            workload=front,
            name=name,
            ports={"grpc": ServicePort(GRPC_PORTS[TemporalRole.FRONTEND], app_protocol="kubernetes.io/h2c")},
        )  # fmt: skip
        self.frontend = Endpoint(
            replace(Peer.of(front), name=name), "grpc", name, GRPC_PORTS[TemporalRole.FRONTEND],
            wire=Wire.GRPC,
            env=lambda endpoint, host: {"TEMPORAL_ADDRESS": f"{host}:{endpoint.port}"},
            wait=Wait.grpc(wait_image, _HEALTH[TemporalRole.FRONTEND]),
            required=False,
        )  # fmt: skip
        for workload, roles in zip(self.workloads.values(), groups.values()):
            # each role of each pod keeps a pool for either database; a rolling update runs one pod more
            Peer.of(workload).calls(
                database, env=_sql_login(database), connections=(replicas + 1) * len(roles) * connections * 2
            )
            workload.add_wait(self._schema_wait())
        self.schema_job = self._job(
            "schema",
            labels=Labels("temporal-schema", f"{name}-schema", "workflows", version(admin_image)),
            image=admin_image,
            script=files.schema_script(*self._names),
            env={
                "SQL_PLUGIN": "postgres12",
                "SQL_HOST": database.host_from(namespace_of(self)),
                "SQL_PORT": str(database.port),
            },
        )
        Peer.of(self.schema_job).calls(database, env=_sql_login(database), connections=2)
        self.namespace_job = self._job(
            "namespace",
            labels=Labels("temporal-namespace", f"{name}-namespace", "workflows", version(admin_image)),
            image=admin_image,
            script=files.namespace_script(namespace, retention_days),
            env={"HOME": "/tmp"},
        )
        Peer.of(self.namespace_job).calls(self.frontend, required=True)
        if ui:
            self._ui(Labels("temporal-ui", f"{name}-ui", "workflows", version(ui_image)), ui_image)
        self.node.default_child = front.manifest

    def _server(
        self, name: str, roles: Sequence[TemporalRole], *, image: str, replicas: int, resources: Resources
    ) -> Workload:
        ports = {f"grpc-{r.value}" if len(roles) > 1 and r is not TemporalRole.FRONTEND else "grpc": GRPC_PORTS[r] for r in roles}
        ports |= {f"ring-{r.value}" if len(roles) > 1 else "ring": MEMBERSHIP_PORTS[r] for r in roles}
        ports["metrics"] = files.METRICS_PORT
        if roles[0] in _HEALTH:
            health = {"grpc": {"port": GRPC_PORTS[roles[0]], "service": _HEALTH[roles[0]]}}
        else:  # the worker serves no API
            health = {"httpGet": {"path": "/metrics", "port": "metrics"}}
        server = Container(
            name="temporal",
            image=image,
            env={
                "POD_IP": PodField("status.podIP"),
                "BIND_ON_IP": "0.0.0.0",
                "TEMPORAL_BROADCAST_ADDRESS": "$(POD_IP)",
                "TEMPORAL_SERVICES": ",".join(r.value for r in roles),
                "TEMPORAL_SERVER_CONFIG_FILE_PATH": "/etc/temporal/loom/server.yaml",
            },
            ports=ports,
            resources=resources,
            mounts={
                "/etc/temporal/loom": Volume.config("config", self.config.name),
                "/tmp": Volume.scratch("tmp", Size.mebibytes(64)),
            },
            startup=Probe(health, period=3, timeout=5, failures=100),
            readiness=Probe(health, period=10, timeout=5, failures=3),
            liveness=Probe(health, period=20, timeout=5, failures=5),
            pre_stop=["sh", "-c", "sleep 5"],
        )
        return Workload(
            self, name,
            kind=Kind.DEPLOYMENT,
            labels=Labels("temporal", name, "workflows", version(image)),
            containers=[server],
            user=USER,
            grace=45,
            configs=[self.config],
            options=self._pod,
            spec={
                "replicas": replicas,
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            },
        )  # fmt: skip

    def _let_roles_talk(self, groups: Mapping[str, Sequence[TemporalRole]]) -> None:
        peers = {name: Peer.of(workload) for name, workload in self.workloads.items()}
        for client in peers.values():
            for name, roles in groups.items():
                for role in roles:
                    # found through the database and called by the addresses of pods, so no Service is in between
                    client.calls(Endpoint(peers[name], f"{role.value}-grpc", name, GRPC_PORTS[role], wire=Wire.GRPC))
                    client.calls(Endpoint(peers[name], f"{role.value}-ring", name, MEMBERSHIP_PORTS[role]))

    def _schema_wait(self) -> Container:
        database = self._database
        assert database.wait is not None  # checked by the constructor
        wait = Wait(database.wait.image, files.schema_check(*self._names), login=True, env={"PGCONNECT_TIMEOUT": "5"})
        return wait.container(
            "wait-for-schema",
            host=database.host_from(namespace_of(self)),
            port=database.port,
            login=database.login,
            required=True,
        )

    def _job(
        self, id: str, *, labels: Labels, image: str, script: str, env: Mapping[str, EnvValue]
    ) -> Workload:
        return Workload(
            self, id,
            kind=Kind.JOB,
            labels=labels,
            containers=[
                Container(
                    name=id,
                    image=image,
                    command=["sh", "-c", script],
                    env=env,
                    resources=Resources(
                        cpu=Cpu.millis(50),
                        memory=Size.mebibytes(64),
                        cpu_limit=Cpu.units(1),
                        memory_limit=Size.mebibytes(256),
                    ),
                    mounts={"/tmp": Volume.scratch("tmp", Size.mebibytes(64))},
                )
            ],
            user=USER,
            # ten tries with growing pauses outlast a slow database
            spec={"backoffLimit": 10},
            pod_spec={"restartPolicy": "OnFailure"},
            options=self._pod,
        )  # fmt: skip

    def _ui(self, labels: Labels, image: str) -> None:
        container = Container(
            name="ui",
            image=image,
            ports={"http": UI_PORT},
            resources=Resources(
                cpu=Cpu.millis(20), memory=Size.mebibytes(64), cpu_limit=Cpu.millis(500), memory_limit=Size.mebibytes(128)
            ),
            mounts={"/tmp": Volume.scratch("tmp", Size.mebibytes(64))},
            startup=Probe.http("/healthz", "http", period=2, failures=60),
            readiness=Probe.http("/healthz", "http", period=10),
            liveness=Probe.http("/healthz", "http", period=20),
        )
        workload = Workload(
            self, "ui",
            kind=Kind.DEPLOYMENT,
            labels=labels,
            containers=[container],
            user=USER,
            spec={"replicas": 1},
            options=self._pod,
        )  # fmt: skip
        service(self, "ui-service", workload=workload, ports={"http": ServicePort(UI_PORT, app_protocol="http")})
        Peer.of(workload).calls(self.frontend)


def _sql_login(database: Endpoint) -> Mapping[str, EnvValue]:
    assert database.login is not None  # checked by the constructor
    return {"SQL_USER": database.login.username, "SQL_PASSWORD": database.login.password}
