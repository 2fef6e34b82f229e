"""What talks: pods, and addresses outside the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, TypeAlias

Object: TypeAlias = Mapping[str, Any]
"""A Kubernetes object as it was read."""


@dataclass(frozen=True)
class Port:
    """A port that a container listens on."""

    number: int
    protocol: str = "TCP"
    name: str = ""


@dataclass(frozen=True, eq=False)
class Pod:
    """The pods of a workload: they are alike, so one stands for all.

    Args:
        address: Its address, where it is known; rendered pods have none yet.
        host_network: Whether it lives in the network of its node, where policies do not see it.
        meshed: Whether Linkerd's proxy runs in it.
        skips_in: Ports that clients reach past its proxy.
        skips_out: Ports that it calls past its proxy.
        stands_for: Names of the peers of an expectation that it belongs to.
        known: Whether it is rendered or named; the others are strangers that nobody mentions.
    """

    name: str
    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    address: str | None = None
    host_network: bool = False
    service_account: str = "default"
    meshed: bool = False
    rendered: bool = False
    known: bool = True
    stands_for: frozenset[str] = frozenset()
    skips_in: tuple[range, ...] = ()
    skips_out: tuple[range, ...] = ()

    @property
    def identity(self) -> str:
        """`<serviceaccount>.<namespace>`."""
        return f"{self.service_account}.{self.namespace}"

    @property
    def ip(self) -> IPv4Address | IPv6Address | None:
        """Its address, if it is known."""
        return ip_address(self.address) if self.address else None

    def numbers(self, name: str, protocol: str) -> frozenset[int]:
        """The ports that a name means in this pod."""
        return frozenset(p.number for p in self.ports if p.name == name and p.protocol == protocol)

    def serves(self, number: int, protocol: str) -> bool:
        """Whether a container listens there."""
        return any(p.number == number and p.protocol == protocol for p in self.ports)


@dataclass(frozen=True, eq=False)
class Address:
    """An address that stands for a part of the address space in which all policies treat all addresses alike."""

    name: str
    address: str
    known: bool = True
    stands_for: frozenset[str] = frozenset()

    @property
    def ip(self) -> IPv4Address | IPv6Address:
        """The address itself."""
        return ip_address(self.address)


End: TypeAlias = Pod | Address
