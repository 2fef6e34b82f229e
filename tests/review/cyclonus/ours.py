"""Our verdicts, in the form of the judge's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from loom_constructs.review import ends
from loom_constructs.review.network import NetworkPolicies
from loom_constructs.review.numbered import Ends

from .judge import Verdicts
from .policies import PolicySet
from .world import World


def verdicts(each: PolicySet) -> Verdicts:
    """What `NetworkPolicies` says of each source, destination and port, each asked for itself."""
    found, policies = compiled(each.world, each.policies)

    def digit(client: ends.End, server: ends.End, number: int, protocol: str) -> int:
        out = policies.egress_allows(client, server, number, protocol)
        return out + 2 * policies.ingress_allows(client, server, number, protocol)

    return [
        ["".join(str(digit(client, server, *port)) for port in each.ports) for server in found.all]
        for client in found.all
    ]


def compiled(world: World, policies: Sequence[Mapping[str, Any]]) -> tuple[Ends, NetworkPolicies]:
    """The policies, and everybody in the order of the world: pods, then addresses."""
    pods = [
        ends.Pod(
            f"{pod.namespace}/{pod.name}",
            pod.namespace,
            pod.labels,
            tuple(ends.Port(port.number, port.protocol, port.name or "") for port in pod.ports),
            address=pod.ip,
        )
        for pod in world.pods
    ]
    addresses = [ends.Address(address, address) for address in world.addresses]
    # without the label that is always there: that it is, is for the reader of policies to know
    namespaces = {
        name: {key: value for key, value in labels.items() if key != "kubernetes.io/metadata.name"}
        for name, labels in world.namespaces.items()
    }
    found = Ends([*pods, *addresses], namespaces)
    return found, NetworkPolicies(found, policies)
