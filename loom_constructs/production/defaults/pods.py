"""A rendered workload, as the effects of `ProductionDefaults` see it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ...kubernetes.manifest import Body

GROUPS = {"Deployment": "apps", "StatefulSet": "apps", "DaemonSet": "apps", "Job": "batch", "CronJob": "batch"}
"""The kinds that run pods, and the API group of each: another group's `Job` is not Kubernetes'."""


def runs_pods(api_version: str, kind: str) -> bool:
    """Whether an object is a workload of Kubernetes."""
    return GROUPS.get(kind) == api_version.rpartition("/")[0]


def namespace_in(body: Body) -> str:
    """The namespace of a rendered object."""
    return body["metadata"].get("namespace") or "default"


@dataclass(frozen=True)
class Pods:
    """A rendered workload. Effects add to its dictionaries what is missing.

    Args:
        body: The whole object.
        cdk8s_plus: Whether a construct of cdk8s-plus wrote it, which writes Kubernetes' own defaults out.
    """

    body: Body
    cdk8s_plus: bool = False

    @property
    def kind(self) -> str:
        """Of the controller."""
        return str(self.body["kind"])

    @property
    def name(self) -> str:
        """Of the controller."""
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Where it runs."""
        return namespace_in(self.body)

    @cached_property
    def spec(self) -> Body:
        """Of the controller; of a CronJob, of its Jobs."""
        spec: Body = self.body["spec"]
        return spec["jobTemplate"]["spec"] if self.kind == "CronJob" else spec

    @cached_property
    def template(self) -> Body:
        """Metadata and specification of the pods."""
        template: Body = self.spec["template"]
        return template

    @cached_property
    def pod(self) -> Body:
        """The specification of the pods."""
        pod: Body = self.template["spec"]
        return pod

    @property
    def containers(self) -> list[Body]:
        """The main containers."""
        return list(self.pod.get("containers") or [])

    @property
    def init_containers(self) -> list[Body]:
        """Those that run before, and native sidecars."""
        return list(self.pod.get("initContainers") or [])

    @property
    def all_containers(self) -> list[Body]:
        """Every container, in the order in which they start."""
        return [*self.init_containers, *self.containers]

    @property
    def labels(self) -> dict[str, str]:
        """Of the pods."""
        return dict((self.template.get("metadata") or {}).get("labels") or {})

    @property
    def serves(self) -> bool:
        """Whether its pods run until somebody stops them."""
        return self.kind in ("Deployment", "StatefulSet", "DaemonSet")

    @property
    def replicated(self) -> bool:
        """Whether a number says how many pods there are."""
        return self.kind in ("Deployment", "StatefulSet")
