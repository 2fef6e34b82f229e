"""What a user may add to any pod of the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .checks import absolute, dns_name, text_map, texts, variable
from .container import Container
from .values import EnvValue
from .volume import Mount, Volume


@dataclass(frozen=True)
class PodOptions:
    """The escape hatch that every construct with pods has, under the name `pod`.

    Args:
        env: Variables for every main container of ours; they win over the construct's own.
        mounts: Paths, and volumes to mount there, in every main container of ours.
        containers: Further containers; hardened like all others.
        init_containers: They run after the construct's own.
        annotations: Of the pods.
        labels: Of the pods, beside ours; selectors stay as they are.
        node_selector: Labels that a node must have.
        tolerations: In Kubernetes' own words.
        affinity: In Kubernetes' own words.
        pull_secrets: Names of Secrets for private registries.
        priority_class: Name of a PriorityClass.
    """

    env: Mapping[str, EnvValue] = field(default_factory=dict)
    mounts: Mapping[str, Volume | Mount] = field(default_factory=dict)
    containers: Sequence[Container] = ()
    init_containers: Sequence[Container] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, Any]] = ()
    affinity: Mapping[str, Any] = field(default_factory=dict)
    pull_secrets: Sequence[str] = ()
    priority_class: str | None = None

    def __post_init__(self) -> None:
        for name in self.env:
            variable("pod.env", name)
        for path in self.mounts:
            absolute("pod.mounts", path)
        for argument in ("annotations", "labels", "node_selector"):
            text_map(f"pod.{argument}", getattr(self, argument))
        texts("pod.pull_secrets", self.pull_secrets)
        for secret in self.pull_secrets:
            dns_name("pod.pull_secrets", secret)
