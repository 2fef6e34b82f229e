"""The address space in parts that all policies treat alike, and one address out of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from .ends import Object
from .manifests import name_of

METADATA = "169.254.169.254/32"
"""Where cloud providers hand out a node's credentials."""
Network = IPv4Network | IPv6Network


def mentioned(value: Any) -> Iterator[str]:
    """Every network that is named anywhere inside: `cidr`, and entries of `except`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "cidr":
                yield str(inner)
            elif key == "except" and isinstance(inner, list):
                yield from map(str, inner)
            else:
                yield from mentioned(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from mentioned(inner)


def networks_in(objects: Iterable[Object]) -> set[str]:
    """Every network that NetworkPolicies and NetworkAuthentications name.

    Raises:
        ValueError: Something is no network.
    """
    found = set()
    for item in objects:
        if item["kind"] in ("NetworkPolicy", "NetworkAuthentication"):
            for network in mentioned(item.get("spec")):
                try:
                    ip_network(network, strict=False)
                except ValueError as error:
                    rule = f"cidr in {name_of(item)} must be a network such as 10.0.0.0/8"
                    raise ValueError(f"{rule}, got {network!r}") from error
                found.add(network)
    return found


def representatives(networks: Iterable[str]) -> list[str]:
    """One address out of each part into which these networks cut the address space."""
    cut: set[Network] = {ip_network("0.0.0.0/0"), ip_network("::/0"), ip_network(METADATA)}
    cut |= {ip_network(n, strict=False) for n in networks}
    found = (_uncovered(n, [m for m in cut if m != n and m.version == n.version and _inside(m, n)]) for n in cut)
    return sorted((a for a in found if a is not None), key=lambda a: (":" in a, int(ip_address(a))))


def _inside(inner: Network, outer: Network) -> bool:
    return inner.network_address in outer and inner.prefixlen >= outer.prefixlen


def _uncovered(network: Network, inner: list[Network]) -> str | None:
    """An address of the network that is in none of the networks inside it."""
    at = int(network.network_address)
    for hole in sorted(inner, key=lambda n: (int(n.network_address), n.prefixlen)):
        if int(hole.network_address) > at:
            break
        at = max(at, int(hole.broadcast_address) + 1)
    if at > int(network.broadcast_address):
        return None
    return str(type(network.network_address)(at))
