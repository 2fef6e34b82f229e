"""Workloads: pods with an identity of their own, kept running by a controller."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from cdk8s import Chart
from constructs import Construct

from .checks import refuse, unique
from .container import Container
from .labels import Labels
from .manifest import Body, Manifest
from .namespace import namespace_of
from .pod import pod_template, pod_volumes
from .pod_options import PodOptions
from .unique_names import UniqueNames
from .values import EnvValue, readable, variable
from .volume import Mount, Volume

ROLLING_UPDATE: Mapping[str, Any] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
"""A Deployment's strategy that never runs fewer pods than it should, and one more for a while."""


class Kind(StrEnum):
    """Which controller keeps the pods."""

    DEPLOYMENT = "Deployment"
    STATEFUL_SET = "StatefulSet"
    JOB = "Job"
    CRON_JOB = "CronJob"


class Workload(Construct):
    """A Deployment, StatefulSet, Job or CronJob and its ServiceAccount (without a token); the pods are hardened.

    Args:
        kind: The controller. A Job's name gets a hash of its pods, since a Job cannot be changed: a new one runs.
        labels: Of all objects and pods; the instance is the workload's name.
        containers: The first one is the main one.
        init_containers: They run in this order, after the waits of the calls.
        user: The user id of the pods; also their group, and the group of their volumes.
        spec: Further fields of the controller, such as `replicas`.
        job_spec: Of a CronJob: further fields of its Jobs.
        pod_spec: Further fields of the pods.
        annotations: Of the pods.
        grace: Seconds from the request to stop until the pods are killed.
        configs: ConfigMaps whose content is read at start: when it changes, the pods are replaced.
        options: What the user adds to the pods.
    """

    manifest: Manifest
    """The controller's object."""

    service_account: Manifest
    """The identity of the pods."""

    labels: Labels
    """Of all objects and pods."""

    namespace: str
    """Where the pods run."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        kind: Kind,
        labels: Labels,
        containers: Sequence[Container],
        user: int,
        init_containers: Sequence[Container] = (),
        spec: Mapping[str, Any] | None = None,
        job_spec: Mapping[str, Any] | None = None,
        pod_spec: Mapping[str, Any] | None = None,
        annotations: Mapping[str, str] | None = None,
        grace: int = 30,
        configs: Sequence[Manifest] = (),
        options: PodOptions | None = None,
    ) -> None:
        options = options or PodOptions()
        inits = [*init_containers, *options.init_containers]
        unique("container name", (c.name for c in [*containers, *options.containers, *inits]))
        here = namespace_of(scope)
        for each in [*containers, *inits, *options.containers]:
            readable(f"env of {labels.instance}/{each.name}", each.env.values(), here)
        readable("pod.env", options.env.values(), here)
        super().__init__(scope, id)
        self.labels = labels
        self._chosen = frozenset(options.env)
        self._waits = 0
        self._configs = list(configs)
        chart = Chart.of(self)
        UniqueNames.guard(self)
        self.namespace = here
        self.service_account = Manifest(
            self,
            "account",
            {"apiVersion": "v1", "kind": "ServiceAccount", "automountServiceAccountToken": False},
            name=labels.instance,
            labels=labels.all,
        )

        pod = pod_template(
            labels=labels,
            common=chart.labels,
            containers=containers,
            init_containers=inits,
            user=user,
            grace=grace,
            fields=pod_spec or {},
            annotations=annotations or {},
            options=options,
        )
        self._owned = len(containers)
        template: Body = {"selector": {"matchLabels": labels.selector}, "template": pod}
        if kind is Kind.JOB:
            template = {"template": pod}
        elif kind is Kind.CRON_JOB:
            # its Jobs carry what stands on all objects of the chart
            made = {"labels": {**chart.labels, **labels.all}}
            template = {"jobTemplate": {"metadata": made, "spec": {**(job_spec or {}), "template": pod}}}
        self.manifest = Manifest(
            self,
            "controller",
            {
                "apiVersion": "batch/v1" if kind in (Kind.JOB, Kind.CRON_JOB) else "apps/v1",
                "kind": kind.value,
                "spec": {**(spec or {}), **template},
            },
            name=labels.instance,
            labels=labels.all,
            finish=self._name_by_content if kind is Kind.JOB else self._finish,
        )
        self.node.default_child = self.manifest

    @property
    def pod(self) -> Body:
        """The pod's specification; what is changed here before synthesis is rendered."""
        spec: Body = self.template["spec"]
        return spec

    @property
    def template(self) -> Body:
        """The pod's template: its metadata and its specification."""
        return _template(self.manifest.body["spec"])

    def add_env(self, env: Mapping[str, EnvValue], *, because: str) -> None:
        """Sets variables in the main containers; those that the user chose (`PodOptions.env`) stay as they are.

        Raises:
            ValueError: A container has one of them already, with another value.
        """
        for container in self.pod["containers"][: self._owned]:
            present = {v["name"]: v for v in container.get("env", [])}
            for name, value in env.items():
                if name in self._chosen:
                    continue
                wanted = variable(name, value)
                if present.setdefault(name, wanted) != wanted:
                    raise refuse(
                        f"{name} of {self.labels.instance}", f"set only once, not again by {because}", _shown(wanted)
                    )
            # what the cluster fills in stands above what refers to it by $(NAME)
            merged = sorted(present.values(), key=lambda v: "value" in v)
            if merged:
                container["env"] = merged

    def add_mounts(self, mounts: Mapping[str, Volume | Mount], *, because: str) -> None:
        """Mounts volumes in the main containers.

        Raises:
            ValueError: A container has something else there.
        """
        wanted = {path: m if isinstance(m, Mount) else Mount(m) for path, m in mounts.items()}
        for container in self.pod["containers"][: self._owned]:
            present = {m["mountPath"]: m for m in container.get("volumeMounts", [])}
            for path, mount in wanted.items():
                if present.setdefault(path, mount.manifest(path)) != mount.manifest(path):
                    raise refuse(f"{path} of {self.labels.instance}", f"free for what {because} needs", present[path])
            if present:
                container["volumeMounts"] = list(present.values())
        self._add_volumes([m.volume for m in wanted.values()])

    @property
    def container_names(self) -> set[str]:
        """The names that are taken so far, by init containers too."""
        return {c["name"] for c in [*self.pod["initContainers"], *self.pod["containers"]]}

    def add_wait(self, container: Container) -> None:
        """Runs a container before the pod's own init containers, after the waits that were added before."""
        inits = self.pod["initContainers"]
        inits.insert(self._waits, container.manifest())
        self._waits += 1
        self._add_volumes(container.volumes)

    def _add_volumes(self, more: Sequence[Volume]) -> None:
        volumes = {v["name"]: v for v in self.pod.get("volumes", []) + pod_volumes(more)}
        if volumes:
            self.pod["volumes"] = list(volumes.values())

    def _finish(self, rendered: Body) -> None:
        template = _template(rendered["spec"])
        if not template["spec"]["initContainers"]:
            del template["spec"]["initContainers"]
        if self._configs:
            rendered_configs = {c.name: c.to_json() for c in self._configs}
            content = {name: [c.get("data"), c.get("binaryData")] for name, c in rendered_configs.items()}
            template["metadata"]["annotations"]["checksum/config"] = _hash(content)

    def _name_by_content(self, rendered: Body) -> None:
        self._finish(rendered)
        rendered["metadata"]["name"] += f"-{_hash(rendered['spec'])[:8]}"


def _template(spec: Body) -> Body:
    template: Body = spec["jobTemplate"]["spec"]["template"] if "jobTemplate" in spec else spec["template"]
    return template


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _shown(wanted: Body) -> str:
    if "value" in wanted:
        return str(wanted["value"])
    reference = wanted["valueFrom"].get("secretKeyRef")
    return f"Secret {reference['name']}/{reference['key']}" if reference else str(wanted["valueFrom"])
