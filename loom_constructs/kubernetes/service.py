"""Services: stable names for pods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from constructs import Construct

from .checks import refuse
from .manifest import Manifest, plain
from .workload import Workload

LET_GO_SECONDS = 10
"""Until no node sends new connections to a pod that ends, on a busy cluster too."""


@dataclass(frozen=True)
class ServicePort:
    """One port of a Service; it leads to the container port of the same name.

    Args:
        number: What clients connect to.
        node_port: Also open on every node, from 30000 to 32767.
        app_protocol: Only `http` or `kubernetes.io/h2c`: Linkerd takes anything else for opaque TCP.
    """

    number: int
    node_port: int | None = None
    app_protocol: str | None = None

    def __post_init__(self) -> None:
        if self.node_port is not None and not 30000 <= self.node_port <= 32767:
            raise refuse("node_port", "from 30000 to 32767", self.node_port)


def service(
    scope: Construct,
    id: str,
    *,
    workload: Workload,
    ports: Mapping[str, ServicePort],
    name: str | None = None,
    headless: bool = False,
    before_ready: bool = False,
    annotations: Mapping[str, str] | None = None,
) -> Manifest:
    """A Service for the pods of a workload. A headless one names each pod, with `before_ready` from the start."""
    node_ports = any(p.node_port for p in ports.values())
    return Manifest(
        scope,
        id,
        {
            "apiVersion": "v1",
            "kind": "Service",
            "spec": plain(
                type="NodePort" if node_ports else "ClusterIP",
                clusterIP="None" if headless else None,
                publishNotReadyAddresses=True if before_ready else None,
                selector=workload.labels.selector,
                ports=[
                    plain(
                        name=port_name,
                        port=p.number,
                        targetPort=port_name,
                        nodePort=p.node_port,
                        protocol="TCP",
                        appProtocol=p.app_protocol,
                    )
                    for port_name, p in ports.items()
                ],
            ),
        },
        name=name or workload.labels.instance,
        labels=workload.labels.all,
        annotations=annotations,
    )
