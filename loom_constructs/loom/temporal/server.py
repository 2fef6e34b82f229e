"""Pods of a Temporal server."""

from __future__ import annotations

from collections.abc import Sequence

from cdk8s import Size
from constructs import Construct

from ...kubernetes import (
    LET_GO_SECONDS,
    ROLLING_UPDATE,
    Container,
    Kind,
    Labels,
    Manifest,
    PodField,
    PodOptions,
    Probe,
    Resources,
    Volume,
    Workload,
)
from ...kubernetes.image import numbers, version
from ...traffic import Endpoint, Peer, Wire
from .files import SCHEMA_VERSIONS
from .roles import GRPC_PORTS, HEALTH, MEMBERSHIP_PORTS, METRICS_PORT, USER, TemporalRole
from .stores import Stores


class TemporalServer(Construct):
    """A Deployment with some roles of a Temporal server in each pod. Made by `Temporal`.

    Args:
        roles: What each pod runs; the health of the first one is the health of the pod.
        config: The ConfigMap with `server.yaml` and `dynamic.yaml`.
        connections: To each database, for each role of each pod, at most.
    """

    workload: Workload
    """The Deployment."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        roles: Sequence[TemporalRole],
        image: str,
        replicas: int,
        resources: Resources,
        config: Manifest,
        stores: Stores,
        connections: int,
        pod: PodOptions | None,
    ) -> None:
        super().__init__(scope, id)
        self.roles = tuple(roles)
        # every port has a name of its own in a pod with all roles; clients of the Service know `grpc`
        ports = {"grpc" if r is roles[0] else f"grpc-{r.value}": GRPC_PORTS[r] for r in roles}
        ports |= {f"ring-{r.value}": MEMBERSHIP_PORTS[r] for r in roles}
        ports["metrics"] = METRICS_PORT
        health = _health(roles[0])
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
                "/etc/temporal/loom": Volume.config("config", config.name),
                "/tmp": Volume.scratch("tmp", Size.mebibytes(64)),
            },
            startup=Probe(health, period=3, timeout=5, failures=100),
            readiness=Probe(health, period=10, timeout=5, failures=3),
            liveness=Probe(health, period=20, timeout=5, failures=5),
            pre_stop=["sh", "-c", f"sleep {LET_GO_SECONDS}"],
        )
        self.workload = Workload(
            self,
            "server",
            kind=Kind.DEPLOYMENT,
            labels=Labels("temporal", name, "workflows", version(image)),
            containers=[server],
            user=USER,
            grace=45,
            configs=[config],
            options=pod,
            spec={"replicas": replicas, "strategy": ROLLING_UPDATE},
        )
        # a rolling update runs one pod more
        most = (replicas + 1) * len(roles) * connections * 2
        Peer.of(self.workload).calls(stores.database, env=stores.login, connections=most)
        newest = max(SCHEMA_VERSIONS)
        release = numbers(image)[:2]
        versions = SCHEMA_VERSIONS[(release[0], release[1]) if release else newest]
        self.workload.add_wait(stores.wait_for_schema(self.workload.namespace, versions))
        self.node.default_child = self.workload.manifest

    def calls(self, other: TemporalServer) -> None:
        """Lets its roles talk to those of the other: they find each other in the database, and dial pod addresses."""
        client, server = Peer.of(self.workload), Peer.of(other.workload)
        for role in other.roles:
            name = server.name
            client.calls(Endpoint(server, f"{role.value}-grpc", name, GRPC_PORTS[role], wire=Wire.GRPC))
            client.calls(Endpoint(server, f"{role.value}-ring", name, MEMBERSHIP_PORTS[role]))


def _health(role: TemporalRole) -> dict[str, object]:
    if role in HEALTH:
        return {"grpc": {"port": GRPC_PORTS[role], "service": HEALTH[role]}}
    return {"httpGet": {"path": "/metrics", "port": "metrics"}}
