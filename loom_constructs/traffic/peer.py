"""One end of a call."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Any

from constructs import Construct

from ..kubernetes import EnvValue, Workload
from ..kubernetes.checks import dns_label, dns_name, instance, label, refuse, text_map
from .foreign import INJECT, PlusWorkload

if TYPE_CHECKING:
    from .call import Call
    from .endpoint import Endpoint

EVERYWHERE = ("0.0.0.0/0", "::/0")
"""All addresses, IPv4 and IPv6."""

PRIVATE_NETWORKS = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
)
"""Private addresses (RFC 1918), shared ones (RFC 6598), protocol assignments, and link-local ones (RFC 3927), where
clouds keep the metadata of machines, with their credentials."""


@dataclass(frozen=True)
class Peer:
    """Some pods and the identity they run as; or something outside the cluster.

    Args:
        name: How the peer is called in policies, pictures and messages.
        namespace: Where its pods are; empty for a peer outside the cluster.
        labels: What selects its pods; without any, all pods of the namespace.
        service_account: The identity its pods run as.
        networks: For a peer outside the cluster: its addresses (CIDR).
        excluded: Parts of these networks that do not belong to it (CIDR).
        meshed: Whether its pods are in the mesh where there is one. Then they are let in by their identity; otherwise
            by their address only.
        made_by: Where its pods are made by an operator: the construct with the object that it makes them from.
    """

    name: str
    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)
    service_account: str = "default"
    networks: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    meshed: bool = False
    workload: Workload | PlusWorkload | None = field(default=None, compare=False, repr=False)
    made_by: Construct | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        dns_label("name", self.name)
        instance("networks", self.networks, tuple)
        instance("excluded", self.excluded, tuple)
        text_map("labels", self.labels)
        for key, value in self.labels.items():
            label("labels", key, value)
        if self.namespace:
            dns_label("namespace", self.namespace)
            dns_name("service_account", self.service_account)
        elif not self.networks:
            raise refuse("networks", "given for a peer outside the cluster", self.networks)
        if self.namespace and (self.networks or self.excluded):
            raise refuse("networks", "given only for a peer outside the cluster", self.networks or self.excluded)
        if self.meshed and not self.namespace:
            raise refuse("meshed", "False for a peer outside the cluster", self.meshed)
        known = [_network("networks", network) for network in self.networks]
        for part in self.excluded:
            inner = _network("excluded", part)
            if not any(inner != n and _lies_in(inner, n) for n in known):
                raise refuse("excluded", f"a part of networks {', '.join(self.networks)}", part)

    @classmethod
    def of(cls, workload: Any, *, meshed: bool = True) -> Peer:
        """The peer that a workload is: one of ours, or any cdk8s-plus workload (`Deployment`, `Job`, ...).

        Args:
            meshed: Whether its pods are in the mesh where there is one. Pods with annotation
                `linkerd.io/inject: disabled` are not.
        """
        if isinstance(workload, Workload):
            meshed = meshed and workload.template["metadata"]["annotations"].get(INJECT) != "disabled"
            return cls(
                name=workload.labels.instance,
                namespace=workload.namespace,
                labels=workload.labels.selector,
                service_account=workload.labels.instance,
                meshed=meshed,
                workload=workload,
            )
        plus = sys.modules.get("cdk8s_plus_27")  # who has a workload of it has imported it
        if plus is not None and isinstance(workload, plus.Workload):
            theirs = PlusWorkload(workload)
            meshed = meshed and theirs.annotation(INJECT) != "disabled"
            return cls(
                name=theirs.name,
                namespace=theirs.namespace,
                labels=theirs.selector,
                service_account=theirs.service_account,
                meshed=meshed,
                workload=theirs,
            )
        raise refuse("workload", "a workload of loom-constructs or cdk8s-plus", workload)

    @classmethod
    def outside(cls, name: str, *networks: str, excluded: tuple[str, ...] = ()) -> Peer:
        """Something outside the cluster; without networks, anything."""
        return cls(name=name, namespace="", networks=networks or EVERYWHERE, excluded=excluded)

    @classmethod
    def internet(cls) -> Peer:
        """All public addresses (IPv4): none of this cluster, of private networks, or of the cloud's metadata."""
        return cls.outside("internet", EVERYWHERE[0], excluded=PRIVATE_NETWORKS)

    @property
    def is_outside(self) -> bool:
        """Whether it is not in the cluster."""
        return not self.namespace

    @property
    def pods(self) -> str:
        """The name of the workload whose pods these are; of a peer that is no workload of this app, its own."""
        if isinstance(self.workload, Workload):
            return self.workload.labels.instance
        return self.workload.name if self.workload else self.name

    @property
    def identity(self) -> str:
        """Who its pods are to a mesh: the ServiceAccount and its namespace; of a whole namespace, all in it."""
        return f"{self.service_account if self.labels else '*'}.{self.namespace}"

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
        from .endpoint import Endpoint as Known

        instance("endpoint", endpoint, Known)
        return Call.between(self, endpoint, env=env, required=required, connections=connections)


def _network(argument: str, cidr: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(cidr)
    except ValueError as error:
        raise refuse(argument, "addresses such as 10.0.0.0/16", cidr) from error


def _lies_in(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]
