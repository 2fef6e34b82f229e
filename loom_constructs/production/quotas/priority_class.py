"""Which pods go first where there is not room for all."""

from __future__ import annotations

from constructs import Construct

from ...kubernetes import Manifest, PodOptions, checks, whole
from ...kubernetes.labels import MANAGER

_HIGHEST = 1_000_000_000
"""What is above belongs to Kubernetes."""


@whole
class PriorityClass(Construct):
    """A `PriorityClass`: pods with a higher value are scheduled first, and evicted last.

    It belongs to the whole cluster: put it into a chart without a namespace, and give it a name that no other
    installation has. Its value cannot be changed; give another value another name.

    Args:
        value: From 0 to 1000000000; pods without a class have 0.
        preempts: Whether pods of lower value are evicted when there is no room for one of these.
        description: What it is for, in one line.
    """

    manifest: Manifest
    """The PriorityClass."""

    pods: PodOptions
    """What pods of this class say; pass it as `pod`."""

    def __init__(
        self, scope: Construct, id: str, *, name: str, value: int, description: str, preempts: bool = True
    ) -> None:
        checks.dns_name("name", name)
        if name.startswith("system-"):
            raise checks.refuse("name", "without system- at its start, which belongs to Kubernetes", name)
        checks.at_least("value", value, 0)
        if value > _HIGHEST:
            raise checks.refuse("value", f"at most {_HIGHEST}", value)
        checks.instance("preempts", preempts, bool)
        if not description:
            raise checks.refuse("description", "what the class is for", description)
        super().__init__(scope, id)
        self.pods = PodOptions(priority_class=name)
        self.manifest = Manifest(
            self,
            "class",
            {
                "apiVersion": "scheduling.k8s.io/v1",
                "kind": "PriorityClass",
                "value": value,
                "globalDefault": False,
                "preemptionPolicy": "PreemptLowerPriority" if preempts else "Never",
                "description": description,
            },
            name=name,
            labels={
                "app.kubernetes.io/name": "priority-class",
                "app.kubernetes.io/instance": name,
                "app.kubernetes.io/managed-by": MANAGER,
            },
        )
        self.node.default_child = self.manifest
