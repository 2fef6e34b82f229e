"""One end of a call."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from ..kubernetes import EnvValue, Workload
from ..kubernetes.checks import dns_label, refuse
from .foreign import PlusWorkload

if TYPE_CHECKING:
    from .call import Call
    from .endpoint import Endpoint


@dataclass(frozen=True)
class Peer:
    """Some pods and the identity they run as; or something outside the cluster.

    Args:
        name: How the peer is called in policies, pictures and messages.
        namespace: Where its pods are; empty for a peer outside the cluster.
        labels: What selects its pods.
        service_account: The identity its pods run as.
        networks: For a peer outside the cluster: its addresses (CIDR).
    """

    name: str
    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)
    service_account: str = "default"
    networks: tuple[str, ...] = ()
    workload: Workload | PlusWorkload | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        dns_label("name", self.name)
        if self.namespace:
            dns_label("namespace", self.namespace)
        elif not self.networks:
            raise refuse("networks", "given for a peer outside the cluster", self.networks)
        for network in self.networks:
            try:
                ip_network(network)
            except ValueError as error:
                raise refuse("networks", "addresses such as 10.0.0.0/16", network) from error

    @classmethod
    def of(cls, workload: Any) -> Peer:
        """The peer that a workload is: one of ours, or any cdk8s-plus workload (`Deployment`, `Job`, ...)."""
        if isinstance(workload, Workload):
            return cls(
                name=workload.labels.instance,
                namespace=workload.namespace,
                labels=workload.labels.selector,
                service_account=workload.labels.instance,
                workload=workload,
            )
        plus = sys.modules.get("cdk8s_plus_27")  # who has a workload of it has imported it
        if plus is not None and isinstance(workload, plus.Workload):
            theirs = PlusWorkload(workload)
            return cls(
                name=theirs.name,
                namespace=theirs.namespace,
                labels=theirs.selector,
                service_account=theirs.service_account,
                workload=theirs,
            )
        raise refuse("workload", "a workload of loom-constructs or cdk8s-plus", workload)

    @classmethod
    def outside(cls, name: str, *networks: str) -> Peer:
        """Something outside the cluster; without networks, anything."""
        return cls(name=name, namespace="", networks=networks or ("0.0.0.0/0",))

    @property
    def is_outside(self) -> bool:
        """Whether it is not in the cluster."""
        return not self.namespace

    def calls(
        self,
        endpoint: Endpoint,
        *,
        env: Mapping[str, EnvValue] | None = None,
        required: bool | None = None,
        connections: int | None = None,
    ) -> Call:
        """Says that this peer uses the endpoint, and configures and lets in accordingly. Saying it twice is harmless.

        Args:
            env: The variables that tell the client, instead of those that the endpoint suggests.
            required: Whether the client waits until the endpoint answers, and does not start without it.
            connections: How many connections all its pods hold at most; databases check the sum at synthesis.

        Raises:
            ValueError: A variable is set already with another value; a Secret lies in another namespace; neither end
                is part of this app.
        """
        from .call import Call

        return Call.between(self, endpoint, env=env, required=required, connections=connections)
