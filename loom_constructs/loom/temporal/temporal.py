"""Temporal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from cdk8s import Size
from constructs import Construct

from ...kubernetes import (
    Cpu,
    Labels,
    Manifest,
    PodOptions,
    Resources,
    ServicePort,
    checks,
    config_map,
    namespace_of,
    service,
)
from ...kubernetes.image import numbers, pinned, version
from ...kubernetes.whole import whole
from ...traffic import Endpoint, Peer, Wait, Wire
from ..api import WORKFLOWS
from . import files
from .job import TemporalJob
from .roles import GRPC_PORTS, HEALTH, TemporalRole
from .server import TemporalServer
from .stores import Stores
from .ui import TemporalUi


class TemporalLayout(StrEnum):
    """How the four roles of the server are spread over pods."""

    SINGLE = "single"
    """All in each pod of one Deployment."""

    SPLIT = "split"
    """A Deployment for each, so that each scales and fails alone."""


@whole
class Temporal(Construct):
    """A Temporal server: its roles, a Job that makes its schema, and a Job that makes its namespace.

    It talks to PostgreSQL directly, not through a pooler. The servers wait for the schema; a new release of the schema
    is a new Job. The image brings no dynamic configuration and stops without one, so a file is mounted.

    Args:
        database: Temporal's database; its login owns both.
        visibility: The database for searches, on the same server.
        layout: One Deployment, or one for each role.
        replicas: Of each Deployment.
        history_shards: Fixed for ever at the first start; another number later is not what runs.
        connections: To each database, for each role of each pod, at most.
        namespace: Temporal's, not Kubernetes'.
        retention_days: How long closed workflows are kept.
        ui: Whether to run the web UI (Deployment and Service `<name>-ui`).
        image: The server; `admin_image` must be of the same version.
        pod: What you add to all pods.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    frontend: Endpoint
    """Where clients connect, gRPC. Nothing of Loom needs it to start."""

    servers: Mapping[str, TemporalServer]
    """The Deployments by name."""

    schema_job: TemporalJob
    """Makes or updates the schema."""

    namespace_job: TemporalJob
    """Makes the namespace."""

    ui: TemporalUi | None
    """The web UI, if it runs."""

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
        pinned("wait_image", wait_image)
        # the Jobs' names get `-namespace-` and a hash of eight characters
        checks.service_name("name", name, longest=40)
        checks.instance("database", database, Endpoint)
        checks.instance("visibility", visibility, Endpoint)
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        if numbers(image) and numbers(image)[:2] not in files.SCHEMA_VERSIONS:
            known = ", ".join(".".join(map(str, v)) for v in files.SCHEMA_VERSIONS)
            raise checks.refuse("image", f"a server whose schema is known ({known})", image)
        checks.dns_label("namespace", namespace)
        checks.one_of("layout", layout, list(TemporalLayout))
        layout = TemporalLayout(layout)
        for argument, number in (
            ("replicas", replicas),
            ("history_shards", history_shards),
            ("connections", connections),
            ("retention_days", retention_days),
        ):
            checks.at_least(argument, number, 1)
        if version(image) != version(admin_image):
            raise checks.refuse("admin_image", f"of the server's version {version(image)}", admin_image)
        stores = Stores(database, visibility)
        super().__init__(scope, id)
        here = namespace_of(self)

        split = layout is TemporalLayout.SPLIT
        grpc = GRPC_PORTS[TemporalRole.FRONTEND]
        self.config = config_map(
            self,
            "config",
            name=f"{name}-config",
            labels=Labels("temporal", name, "workflows", version(image)),
            files={
                "server.yaml": files.configuration(
                    database=stores.names[0],
                    visibility=stores.names[1],
                    address=database.address_from(here),
                    # a pod with all roles asks itself, and so needs nobody else to start
                    frontend=f"{name}:{grpc}" if split else f'{{{{ env "POD_IP" }}}}:{grpc}',
                    shards=history_shards,
                    connections=connections,
                    tls=database.tls,
                    ca_file=database.tls.file(database.server.name) if database.tls else None,
                ),
                "dynamic.yaml": files.DYNAMIC_CONFIGURATION,
            },
        )
        groups = {f"{name}-{r.value}": [r] for r in TemporalRole} if split else {name: list(TemporalRole)}
        self.servers = {
            group: TemporalServer(
                self,
                group,
                name=group,
                roles=roles,
                image=image,
                replicas=replicas,
                resources=resources or _resources(),
                config=self.config,
                stores=stores,
                connections=connections,
                pod=pod,
            )
            for group, roles in groups.items()
        }
        for client in self.servers.values():
            for server in self.servers.values():
                client.calls(server)
        front = self.servers[f"{name}-frontend" if split else name].workload
        self.service = service(
            self,
            "service",
            workload=front,
            name=name,
            ports={"grpc": ServicePort(grpc, app_protocol="kubernetes.io/h2c")},
        )
        self.frontend = Endpoint(
            replace(Peer.of(front), name=name),
            "grpc",
            name,
            grpc,
            wire=Wire.GRPC,
            scheme="grpc",
            env=lambda endpoint, host: {"TEMPORAL_ADDRESS": f"{host}:{endpoint.port}"},
            wait=Wait.grpc(wait_image, HEALTH[TemporalRole.FRONTEND]),
            required=False,
            routes=WORKFLOWS,
        )
        self.schema_job = TemporalJob(
            self,
            "schema",
            name=f"{name}-schema",
            image=admin_image,
            script=files.schema_script(*stores.names),
            env={
                "SQL_PLUGIN": "postgres12",
                "SQL_HOST": database.host_from(here),
                "SQL_PORT": str(database.port),
                **stores.tls,
            },
            pod=pod,
        )
        Peer.of(self.schema_job.workload).calls(database, env=stores.login, connections=2)
        self.namespace_job = TemporalJob(
            self,
            "namespace",
            name=f"{name}-namespace",
            image=admin_image,
            script=files.namespace_script(namespace, retention_days),
            env={},
            pod=pod,
        )
        Peer.of(self.namespace_job.workload).calls(self.frontend, required=True)
        self.ui = (
            TemporalUi(self, "ui", name=f"{name}-ui", image=ui_image, frontend=self.frontend, pod=pod) if ui else None
        )
        self.node.default_child = front.manifest


def _resources() -> Resources:
    return Resources(
        cpu=Cpu.millis(200), memory=Size.mebibytes(512), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(1)
    )
