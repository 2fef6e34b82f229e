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
    from .data import (
        BarmanBackup,
        BarmanObjectStore,
        Bucket,
        CloudNativePg,
        CloudNativePgOperator,
        CloudNativePgPooler,
        Compression,
        Database,
        Discard,
        EmbeddedPostgres,
        ExternalPostgres,
        NatsJetStream,
        NatsStream,
        NatsStreamBackup,
        NatsTls,
        NatsUser,
        PgBouncer,
        Pooling,
        PostgresArchive,
        PostgresBackup,
        PostgresCluster,
        Recovery,
        Retention,
        S3Keys,
        Spread,
        Synchronous,
    )
    from .kubernetes import (
        Claim,
        ConfigMapKey,
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
    from .traffic import Call, Endpoint, Peer, Route, SslMode, Tls, Wait, Wire, calls_in

__version__ = "0.1.0"

point_jsii_at_node()

_HOMES = {
    "data": (
        "BarmanBackup",
        "BarmanObjectStore",
        "Bucket",
        "CloudNativePg",
        "CloudNativePgOperator",
        "CloudNativePgPooler",
        "Compression",
        "Database",
        "Discard",
        "EmbeddedPostgres",
        "ExternalPostgres",
        "NatsJetStream",
        "NatsStream",
        "NatsStreamBackup",
        "NatsTls",
        "NatsUser",
        "PgBouncer",
        "Pooling",
        "PostgresArchive",
        "PostgresBackup",
        "PostgresCluster",
        "Recovery",
        "Retention",
        "S3Keys",
        "Spread",
        "Synchronous",
    ),
    "kubernetes": (
        "Claim",
        "ConfigMapKey",
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
    "traffic": ("Call", "Endpoint", "Peer", "Route", "SslMode", "Tls", "Wait", "Wire", "calls_in"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AgentRole",
    "BarmanBackup",
    "BarmanObjectStore",
    "Bucket",
    "Call",
    "Claim",
    "CloudNativePg",
    "CloudNativePgOperator",
    "CloudNativePgPooler",
    "ClusterDns",
    "ClusterSecretStore",
    "Compression",
    "ConfigMapKey",
    "Connector",
    "ConnectorsService",
    "Container",
    "Cpu",
    "Database",
    "Discard",
    "EmbeddedPostgres",
    "Endpoint",
    "EnvValue",
    "Ephemeral",
    "ExternalPostgres",
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
    "NatsJetStream",
    "NatsStream",
    "NatsStreamBackup",
    "NatsTls",
    "NatsUser",
    "NetworkPolicies",
    "NodePorts",
    "Peer",
    "PgBouncer",
    "PodField",
    "PodOptions",
    "Pooling",
    "PostgresArchive",
    "PostgresBackup",
    "PostgresCluster",
    "Probe",
    "Recovery",
    "Resources",
    "Retention",
    "RetryBudget",
    "Route",
    "S3Keys",
    "SecretKey",
    "SecretRef",
    "ServiceProfiles",
    "Spread",
    "SslMode",
    "Synchronous",
    "Temporal",
    "TemporalLayout",
    "Tls",
    "UniqueNames",
    "Volume",
    "Wait",
    "Wire",
    "calls_in",
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
