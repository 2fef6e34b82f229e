"""Containers, hardened: each one the library renders is made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .checks import absolute, dns_label, instance, port, texts, variable
from .image import pinned
from .manifest import plain
from .probe import Probe
from .quantities import Resources
from .values import EnvValue, variables
from .volume import Mount, Volume


@dataclass(frozen=True)
class Container:
    """One container of a pod.

    It runs without privileges, whatever the arguments: not as root, on a read-only root file system, without
    capabilities and with the runtime's seccomp profile. What it writes to must be mounted.

    Args:
        image: With a tag or a digest.
        resources: Required, for init containers too.
        command: Replaces the image's entrypoint.
        args: Replaces the image's arguments.
        env: Variables; `$(NAME)` in a literal refers to a secret or field of the same container.
        ports: Names and numbers of what it listens on.
        mounts: Paths, and what is mounted there.
        startup: Until it succeeds the other probes wait; when it gives up, the container is restarted.
        readiness: While it fails no traffic comes.
        liveness: When it fails the container is restarted.
        pre_stop: A command that runs before the container is told to stop, within the pod's grace period.
        user: Its own user id, where it is not the pod's.
    """

    name: str
    image: str
    resources: Resources
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Mapping[str, EnvValue] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    mounts: Mapping[str, Volume | Mount] = field(default_factory=dict)
    startup: Probe | None = None
    readiness: Probe | None = None
    liveness: Probe | None = None
    pre_stop: Sequence[str] = ()
    user: int | None = None

    def __post_init__(self) -> None:
        dns_label("container name", self.name)
        pinned("image", self.image)
        instance("resources", self.resources, Resources)
        for argument in ("command", "args", "pre_stop"):
            texts(argument, getattr(self, argument))
        for path in self.mounts:
            absolute("mounts", path)
        for name in self.env:
            variable("env", name)
        for name, number in self.ports.items():
            dns_label("port name", name, longest=15)
            port(f"ports[{name!r}]", number)

    @property
    def volumes(self) -> list[Volume]:
        """What it mounts."""
        return [m.volume if isinstance(m, Mount) else m for m in self.mounts.values()]

    def manifest(self) -> dict[str, Any]:
        """As it stands in a pod."""
        mounts = {path: m if isinstance(m, Mount) else Mount(m) for path, m in self.mounts.items()}
        return plain(
            name=self.name,
            image=self.image,
            command=list(self.command),
            args=list(self.args),
            ports=[{"name": n, "containerPort": p, "protocol": "TCP"} for n, p in self.ports.items()],
            env=variables(self.env),
            resources=self.resources.manifest(),
            startupProbe=self.startup and self.startup.manifest(),
            readinessProbe=self.readiness and self.readiness.manifest(),
            livenessProbe=self.liveness and self.liveness.manifest(),
            lifecycle={"preStop": {"exec": {"command": list(self.pre_stop)}}} if self.pre_stop else None,
            securityContext=plain(
                allowPrivilegeEscalation=False,
                capabilities={"drop": ["ALL"]},
                readOnlyRootFilesystem=True,
                runAsNonRoot=True,
                runAsUser=self.user,
                seccompProfile={"type": "RuntimeDefault"},
            ),
            volumeMounts=[m.manifest(path) for path, m in mounts.items()],
        )
