"""Effect: a drain takes one pod at a time."""

from __future__ import annotations

from copy import deepcopy

from ...kubernetes.manifest import Body
from .pods import Pods
from .world import World


def disruption_budget(pods: Pods, world: World) -> Body | None:
    """A budget of one pod that may be away, where there are two or more; nothing, where none is needed.

    `maxUnavailable: 1` lets every drain go on sooner or later, at any number of replicas: `minAvailable: 1` over one
    replica would block it for ever. It is right for a quorum of three as well. A single pod has no budget, since there
    is nothing to protect; where no number is said there is one (pools that people scale by hand, such as agents: their
    work is in a queue, and what is lost is done again). Jobs end by themselves, and a DaemonSet's pods are not evicted.
    Pods that are not ready never hold up a drain (`unhealthyPodEvictionPolicy`): otherwise one that crashes would.
    """
    several = pods.spec.get("replicas", 1) > 1 or world.autoscaled(pods)
    if not pods.replicated or not several or world.budgeted(pods):
        return None
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": deepcopy(pods.spec["selector"]),
        },
    }
