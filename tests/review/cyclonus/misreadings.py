"""Ways to read NetworkPolicies wrongly, each as a change after which a right reader reads what a wrong one would.

A comparison that does not notice every one of them proves nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

from . import misread_ports, misread_rules, misread_selectors
from .policies import PolicySet
from .walk import Part
from .world import Pod, Port


def _of_every_spec(reading: Callable[[Part], None]) -> Callable[[PolicySet], PolicySet]:
    def misread(each: PolicySet) -> PolicySet:
        policies = copy.deepcopy(each.policies)
        for policy in policies:
            reading(policy["spec"])
        return replace(each, policies=policies)

    return misread


def _resolves_names_with_everybody(each: PolicySet) -> PolicySet:
    """A port's name means what it means to any pod, not to the destination only."""
    named = {port for pod in each.world.pods for port in pod.ports if port.name}
    return replace(each, world=replace(each.world, pods=tuple(_serving(pod, named) for pod in each.world.pods)))


def _serving(pod: Pod, ports: set[Port]) -> Pod:
    return replace(pod, ports=(*pod.ports, *sorted(ports - set(pod.ports), key=str)))


def _forgets_the_last_policy(each: PolicySet) -> PolicySet:
    return replace(each, policies=each.policies[:-1])


def _takes_addresses_as_not_of_pods(each: PolicySet) -> PolicySet:
    pods = tuple(replace(pod, ip=f"192.0.2.{i}") for i, pod in enumerate(each.world.pods))
    return replace(each, world=replace(each.world, pods=pods))


MISREADINGS: dict[str, Callable[[PolicySet], PolicySet]] = {
    reading.__name__.strip("_").replace("_", " "): _of_every_spec(reading)
    for module in (misread_rules, misread_selectors, misread_ports)
    for reading in module.READINGS
}
MISREADINGS |= {
    "resolves names with everybody": _resolves_names_with_everybody,
    "forgets the last policy": _forgets_the_last_policy,
    "takes addresses as not of pods": _takes_addresses_as_not_of_pods,
}
