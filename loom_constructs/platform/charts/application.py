"""The chart of Loom's own programs."""

from __future__ import annotations

from constructs import Construct

from ...loom import ConnectorsService, LoomAgentPools, LoomControlPlane, LoomIngress
from ...production.admission.rules import SERVICES
from ...traffic import Endpoint, Peer
from .. import secrets
from ..environment import Environment
from ..priority import Priority
from .chart import LoomChart
from .data import DataChart
from .temporal import TemporalChart


class ApplicationChart(LoomChart):
    """Loom's own programs."""

    def __init__(
        self, scope: Construct, id: str, environment: Environment, *, data: DataChart, temporal: TemporalChart
    ) -> None:
        super().__init__(scope, id, environment)
        images, pods = environment.images, environment.pods(Priority.CONTROL)
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
            pod=pods,
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
            pod=pods,
        )
        if environment.control_plane.node_ports is not None and SERVICES.label:
            self.control_plane.service.metadata.add_label(SERVICES.label, "node-ports")
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
            pod=environment.pods(Priority.AGENTS),
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
