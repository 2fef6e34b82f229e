"""NATS' numbers."""

from __future__ import annotations

from cdk8s import Size
from constructs import Construct

from ..data import NatsJetStream
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
    Workload,
    checks,
    service,
)
from ..kubernetes.image import pinned, version
from ..kubernetes.whole import whole
from ..traffic import Endpoint, Peer, Wire
from .target import Target

PORT = 7777
USER = 65534


@whole
class NatsExporter(Construct):
    """What Prometheus scrapes of NATS (Deployment and Service): servers, streams and consumers.

    One pod asks every server by its own name. A sidecar in each server's pod is the other way; it would restart the
    servers with each change of the exporter, and share their fate.

    Args:
        of: The servers.
        name: Of the Deployment and the Service; without it, `<name of the servers>-exporter`.
        pod: What you add to the pod.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    metrics: Endpoint
    """Where Prometheus scrapes."""

    target: Target
    """The series, as Prometheus labels them."""

    servers: int
    """How many servers there should be."""

    workload: Workload
    """The Deployment."""

    service: Manifest
    """The Service."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        of: NatsJetStream,
        name: str | None = None,
        image: str = "natsio/prometheus-nats-exporter:0.20.1",
        resources: Resources | None = None,
        pod: PodOptions | None = None,
    ) -> None:
        pinned("image", image)
        checks.instance("of", of, NatsJetStream)
        servers = of.workload.labels.instance
        name = name or f"{servers}-exporter"
        checks.service_name("name", name)
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        super().__init__(scope, id)
        self.servers = of.workload.manifest.body["spec"]["replicas"]
        here = of.monitoring.host_from(Peer.of(of.workload).namespace)
        urls = [f"http://{servers}-{n}.{here}:{of.monitoring.port}" for n in range(self.servers)]
        container = Container(
            name="exporter",
            image=image,
            args=[f"-port={PORT}", "-varz", "-connz", "-routez", "-jsz=all", *urls],
            ports={"metrics": PORT},
            resources=resources
            or Resources(
                cpu=Cpu.millis(10),
                memory=Size.mebibytes(32),
                cpu_limit=Cpu.millis(250),
                memory_limit=Size.mebibytes(128),
            ),
            # it serves /metrics only, and each look at that asks every server
            readiness=Probe.tcp("metrics", period=10),
            liveness=Probe.tcp("metrics", period=20),
        )
        self.workload = Workload(
            self,
            "server",
            kind=Kind.DEPLOYMENT,
            labels=Labels("nats-exporter", name, "metrics", version(image)),
            containers=[container],
            user=USER,
            spec={"replicas": 1},
            options=pod,
        )
        self.service = service(
            self, "service", workload=self.workload, ports={"metrics": ServicePort(PORT, app_protocol="http")}
        )
        peer = Peer.of(self.workload)
        self.metrics = Endpoint(peer, "metrics", name, PORT, wire=Wire.HTTP, scheme="http")
        self.target = Target(peer.namespace, name)
        # it has to say that a server is down, so it does not wait for them
        peer.calls(of.monitoring, required=False)
        self.node.default_child = self.workload.manifest
