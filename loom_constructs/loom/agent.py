"""Loom's agents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from cdk8s import Size
from constructs import Construct

from ..kubernetes import (
    Container,
    Cpu,
    EnvValue,
    Kind,
    Labels,
    PodField,
    PodOptions,
    Probe,
    Resources,
    Volume,
    Workload,
    checks,
)
from ..kubernetes.image import pinned, version
from ..kubernetes.whole import whole
from ..traffic import Endpoint, Peer, Wire
from . import ports
from .provider import LlmProvider


class AgentRole(StrEnum):
    """What an agent does."""

    CODER = "coder"
    REVIEWER = "reviewer"
    QA = "qa"
    PM = "pm"
    ARCHITECT = "architect"
    PUBLIC_RELATIONS_MANAGER = "public-relations-manager"


MAX_LOOP_ITERATIONS: Mapping[AgentRole, int] = {
    AgentRole.CODER: 25,
    AgentRole.REVIEWER: 15,
    AgentRole.QA: 10,
    AgentRole.PUBLIC_RELATIONS_MANAGER: 20,
}
"""Loom's own limits; a role that is not here keeps the program's default."""


@whole
class LoomAgent(Construct):
    """The agents of one role for one project (Deployment `loom-agent-<role>`).

    It renders no `replicas`, so that `kubectl scale` and an autoscaler stay what they were told. With today's program
    scale out by project or role: pods of one Deployment take one durable consumer from each other, and the newest one
    gets all tasks.

    Args:
        role: What they do; None is all roles in one process (Deployment `loom-agent-all`).
        project: Whose tasks they take.
        image: Loom's image.
        events: NATS, such as `NatsJetStream.client("agents")`.
        control_plane: `LoomControlPlane.api`.
        provider: The language model.
        telemetry: Where traces go, OTLP over gRPC.
        workspace: Scratch space at `/workspace`, on the node's disk.
        max_loop_iterations: Without it, Loom's limit for the role.
        name: Of the Deployment; also `SERVICE_ID`, so it must differ between projects.
        pod: What you add to the pods.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    health: Endpoint
    """`/health`, for whoever watches; there is no Service."""

    workload: Workload
    """The Deployment."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        role: AgentRole | None,
        project: str,
        image: str,
        events: Endpoint,
        control_plane: Endpoint,
        provider: LlmProvider | None = None,
        telemetry: Endpoint | None = None,
        workspace: Size | None = None,
        max_loop_iterations: int | None = None,
        resources: Resources | None = None,
        log_level: str = "info",
        name: str | None = None,
        pod: PodOptions | None = None,
    ) -> None:
        if role is not None:
            checks.one_of("role", role, list(AgentRole))
            role = AgentRole(role)
        checks.instance("events", events, Endpoint)
        checks.instance("control_plane", control_plane, Endpoint)
        checks.instance("provider", provider, LlmProvider, type(None))
        checks.instance("workspace", workspace, Size, type(None))
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        events.expected("events", "nats")
        control_plane.expected("control_plane", "http")
        pinned("image", image)
        if not isinstance(project, str) or not re.fullmatch(r"[A-Za-z0-9_-]+", project):
            rule = "a project id of letters, digits, '-' and '_' (it is part of subjects)"
            raise checks.refuse("project", rule, project)
        if max_loop_iterations is not None:
            checks.at_least("max_loop_iterations", max_loop_iterations, 1)
        checks.one_of("log_level", log_level, ("debug", "info", "warn", "error"))
        name = name or f"loom-agent-{role.value if role else 'all'}"
        checks.dns_label("name", name)
        super().__init__(scope, id)

        labels = Labels("loom-agent", name, "agent", version(image))
        env: dict[str, EnvValue] = {
            "PROJECT_ID": project,
            **({"AGENT_ROLE": role.value} if role else {}),
            "WORK_DIR": "/workspace",
            "PERSONA_BASE_PATH": "/app/personas",
            "ACTION_LOOP_ENABLED": "true",
            "SERVICE_ID": name,
            "INSTANCE_ID": PodField("metadata.name"),
            "LOG_LEVEL": log_level,
            "LOG_FORMAT": "json",
        }
        iterations = max_loop_iterations or (MAX_LOOP_ITERATIONS.get(role) if role else None)
        if iterations:
            env["MAX_LOOP_ITERATIONS"] = str(iterations)
        agent = Container(
            name="agent",
            image=image,
            command=["/app/loom-project-agent"],
            env=env,
            ports={"http": ports.AGENT_HEALTH},
            resources=resources
            or Resources(
                cpu=Cpu.millis(100), memory=Size.mebibytes(256), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(2)
            ),
            mounts={
                "/workspace": Volume.scratch("workspace", workspace or Size.gibibytes(10)),
                "/tmp": Volume.scratch("tmp", Size.gibibytes(1)),
            },
            startup=Probe.http("/health", "http", period=5, failures=60),
            readiness=Probe.http("/health", "http", period=10, failures=3),
            liveness=Probe.http("/health", "http", period=30, failures=4),
        )
        self.workload = Workload(
            self,
            "server",
            kind=Kind.DEPLOYMENT,
            labels=labels,
            containers=[agent],
            user=ports.USER,
            grace=60,
            options=pod,
        )
        here = Peer.of(self.workload)
        self.health = Endpoint(here, "http", name, ports.AGENT_HEALTH, wire=Wire.HTTP, scheme="http")
        here.calls(events)
        here.calls(control_plane)
        if provider is not None:
            here.calls(
                provider.endpoint,
                env={
                    "PROVIDER_ENDPOINT": provider.url,
                    "PROVIDER_MODEL": provider.model,
                    "PROVIDER_API_KEY": provider.api_key,
                },
            )
        if telemetry is not None:
            here.calls(telemetry, env={"OTEL_ENDPOINT": telemetry.address_from(here.namespace)}, required=False)
        self.node.default_child = self.workload.manifest


@whole
class LoomAgentPools(Construct):
    """One `LoomAgent` for each of several roles of one project, alike but for the role.

    Args:
        roles: Each gives one Deployment `<prefix>-<role>`.
        prefix: Of the names; it must differ between projects.

    The other arguments are as in `LoomAgent`.
    """

    pools: Mapping[AgentRole, LoomAgent]
    """The agents by role."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        roles: Sequence[AgentRole],
        project: str,
        image: str,
        events: Endpoint,
        control_plane: Endpoint,
        provider: LlmProvider | None = None,
        telemetry: Endpoint | None = None,
        workspace: Size | None = None,
        resources: Resources | None = None,
        log_level: str = "info",
        prefix: str = "loom-agent",
        pod: PodOptions | None = None,
    ) -> None:
        checks.dns_label("prefix", prefix)
        if not roles:
            raise checks.refuse("roles", "at least one AgentRole", roles)
        for role in roles:
            checks.one_of("roles", role, list(AgentRole))
        checks.unique("roles", (AgentRole(r).value for r in roles))
        super().__init__(scope, id)
        self.pools = {
            role: LoomAgent(
                self,
                role.value,
                role=role,
                project=project,
                image=image,
                events=events,
                control_plane=control_plane,
                provider=provider,
                telemetry=telemetry,
                workspace=workspace,
                resources=resources,
                log_level=log_level,
                name=f"{prefix}-{role.value}",
                pod=pod,
            )
            for role in map(AgentRole, roles)
        }
