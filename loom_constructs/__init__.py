"""Typed CDK8s constructs that deploy Loom to Kubernetes.

    postgres = PostgresCluster(chart, "postgres", databases=[Database("app", SecretRef("app-login"))])
    Peer.of(their_deployment).calls(postgres.sql)

Everything public is imported from here. Names are loaded when they are first used, so that the command line starts
without cdk8s.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._node import point_jsii_at_node

if TYPE_CHECKING:
    from .data import Database, NatsJetStream, NatsUser, PgBouncer, Pooling, PostgresBackup, PostgresCluster
    from .kubernetes import (
        Claim,
        Container,
        Cpu,
        EnvValue,
        Login,
        Manifest,
        Mount,
        Namespace,
        PodField,
        PodOptions,
        Probe,
        Resources,
        SecretKey,
        SecretRef,
        UniqueNames,
        Volume,
    )
    from .loom import (
        AgentRole,
        Connector,
        ConnectorsService,
        Ephemeral,
        LlmProvider,
        LoomAgent,
        LoomAgentPools,
        LoomControlPlane,
        LoomIngress,
        NodePorts,
        Temporal,
        TemporalLayout,
    )
    from .observability import (
        Alert,
        NatsExporter,
        PostgresExporter,
        PrometheusRules,
        ServiceMonitor,
        Severity,
        Target,
        backup_alerts,
        nats_alerts,
        postgres_alerts,
        stream_alerts,
        verdict_alerts,
    )
    from .policies import (
        ClusterDns,
        LinkerdIdentity,
        Mesh,
        MeshMode,
        MeshPolicies,
        NetworkPolicies,
        RetryBudget,
        ServiceProfiles,
    )
    from .production import ClusterSecretStore, ExternalSecrets
    from .traffic import Call, Endpoint, Peer, Route, Wait, Wire, calls_in

__version__ = "0.1.0"

point_jsii_at_node()

_HOMES = {
    "data": ("Database", "NatsJetStream", "NatsUser", "PgBouncer", "Pooling", "PostgresBackup", "PostgresCluster"),
    "kubernetes": (
        "Claim",
        "Container",
        "Cpu",
        "EnvValue",
        "Login",
        "Manifest",
        "Mount",
        "Namespace",
        "PodField",
        "PodOptions",
        "Probe",
        "Resources",
        "SecretKey",
        "SecretRef",
        "UniqueNames",
        "Volume",
    ),
    "loom": (
        "AgentRole",
        "Connector",
        "ConnectorsService",
        "Ephemeral",
        "LlmProvider",
        "LoomAgent",
        "LoomAgentPools",
        "LoomControlPlane",
        "LoomIngress",
        "NodePorts",
        "Temporal",
        "TemporalLayout",
    ),
    "observability": (
        "Alert",
        "NatsExporter",
        "PostgresExporter",
        "PrometheusRules",
        "ServiceMonitor",
        "Severity",
        "Target",
        "backup_alerts",
        "nats_alerts",
        "postgres_alerts",
        "stream_alerts",
        "verdict_alerts",
    ),
    "policies": (
        "ClusterDns",
        "LinkerdIdentity",
        "Mesh",
        "MeshMode",
        "MeshPolicies",
        "NetworkPolicies",
        "RetryBudget",
        "ServiceProfiles",
    ),
    "production": ("ClusterSecretStore", "ExternalSecrets"),
    "traffic": ("Call", "Endpoint", "Peer", "Route", "Wait", "Wire", "calls_in"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AgentRole",
    "Alert",
    "Call",
    "Claim",
    "ClusterDns",
    "ClusterSecretStore",
    "Connector",
    "ConnectorsService",
    "Container",
    "Cpu",
    "Database",
    "Endpoint",
    "EnvValue",
    "Ephemeral",
    "ExternalSecrets",
    "LinkerdIdentity",
    "LlmProvider",
    "Login",
    "LoomAgent",
    "LoomAgentPools",
    "LoomControlPlane",
    "LoomIngress",
    "Manifest",
    "Mesh",
    "MeshMode",
    "MeshPolicies",
    "Mount",
    "Namespace",
    "NatsExporter",
    "NatsJetStream",
    "NatsUser",
    "NetworkPolicies",
    "NodePorts",
    "Peer",
    "PgBouncer",
    "PodField",
    "PodOptions",
    "Pooling",
    "PostgresBackup",
    "PostgresCluster",
    "PostgresExporter",
    "Probe",
    "PrometheusRules",
    "Resources",
    "RetryBudget",
    "Route",
    "SecretKey",
    "SecretRef",
    "ServiceMonitor",
    "ServiceProfiles",
    "Severity",
    "Target",
    "Temporal",
    "TemporalLayout",
    "UniqueNames",
    "Volume",
    "Wait",
    "Wire",
    "backup_alerts",
    "calls_in",
    "nats_alerts",
    "postgres_alerts",
    "stream_alerts",
    "verdict_alerts",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
