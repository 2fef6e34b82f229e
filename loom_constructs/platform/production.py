"""Loom for real work."""

from __future__ import annotations

from cdk8s import Size

from ..kubernetes import Claim, Cpu, Resources
from ..loom import AgentRole, LlmProvider, TemporalLayout
from ..policies import ClusterDns, MeshMode
from ..production import ClusterSecretStore
from . import secrets
from .environment import (
    AgentSettings,
    BackupSettings,
    ConnectorsSettings,
    ControlPlaneSettings,
    Environment,
    Images,
    MeshSettings,
    MonitoringSettings,
    NatsSettings,
    NetworkSettings,
    PgBouncerSettings,
    PostgresSettings,
    Prometheus,
    PublicIngress,
    TemporalSettings,
)
from .reasons import COMMON

PRODUCTION = Environment(
    name="production",
    namespace="loom",
    images=Images(loom="registry.example.org/loom:1.0.0", postgres="postgres:15.19-alpine3.24"),
    postgres=PostgresSettings(
        storage=Claim(Size.gibibytes(100), storage_class="fast"),
        resources=Resources(
            cpu=Cpu.units(2), memory=Size.gibibytes(8), cpu_limit=Cpu.units(4), memory_limit=Size.gibibytes(8)
        ),
        max_connections=420,
    ),
    backup=BackupSettings(storage=Claim(Size.gibibytes(200), storage_class="backup"), keep=14),
    pgbouncer=PgBouncerSettings(replicas=2, pool_size=50, max_client_conn=500),
    nats=NatsSettings(
        replicas=3,
        storage=Claim(Size.gibibytes(50), storage_class="fast"),
        resources=Resources(
            cpu=Cpu.millis(500), memory=Size.gibibytes(1), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(1)
        ),
    ),
    temporal=TemporalSettings(
        layout=TemporalLayout.SPLIT,
        replicas=2,
        history_shards=512,
        connections=10,
        resources=Resources(
            cpu=Cpu.millis(250), memory=Size.mebibytes(512), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(1)
        ),
        ui=True,
    ),
    control_plane=ControlPlaneSettings(
        replicas=2,
        resources=Resources(
            cpu=Cpu.millis(500), memory=Size.gibibytes(1), cpu_limit=Cpu.units(4), memory_limit=Size.gibibytes(4)
        ),
        data=Claim(Size.gibibytes(100), storage_class="shared", shared=True),
    ),
    connectors=ConnectorsSettings(replicas=2),
    agents=AgentSettings(
        project="default",
        roles=tuple(AgentRole),
        resources=Resources(
            cpu=Cpu.millis(250), memory=Size.mebibytes(512), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(4)
        ),
        workspace=Size.gibibytes(20),
    ),
    provider=LlmProvider("https://api.openai.com/v1", "gpt-4o", secrets.PROVIDER.key("api-key", optional=True)),
    secret_store=ClusterSecretStore("loom", prefix="loom/production"),
    stored_secrets=("loom-provider",),
    ingress=PublicIngress(
        host="loom.example.org",
        class_name="nginx",
        issuer="letsencrypt",
        controller_namespace="ingress-nginx",
        controller_labels={"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"},
        controller_account="ingress-nginx",
        annotations={"nginx.ingress.kubernetes.io/proxy-read-timeout": "3600"},
    ),
    network=NetworkSettings(dns=ClusterDns(), internet=(443, 22)),
    mesh=MeshSettings(
        mode=MeshMode.ON,
        viz=True,
        proxy=Resources(
            cpu=Cpu.millis(100), memory=Size.mebibytes(20), cpu_limit=Cpu.millis(1000), memory_limit=Size.mebibytes(250)
        ),
    ),
    monitoring=MonitoringSettings(
        prometheus=Prometheus(
            namespace="monitoring",
            labels={"app.kubernetes.io/name": "prometheus"},
            account="prometheus-k8s",
            meshed=False,
            selects={},
        ),
        runbooks="https://docs.example.org/loom/runbooks",
    ),
    log_level="info",
    reasons={
        **COMMON,
        "images.loom": "put the registry and the release that you deploy",
        "images.postgres": "an exact patch, so that staging and production run the same",
        "postgres.storage": "can grow and never shrink; put the class with the fastest disks",
        "postgres.resources": "2GB of shared buffers; as much guaranteed as allowed, so that it is evicted last",
        "postgres.max_connections": "poolers (2+1) × 50, Temporal 4 × (2+1) × 10 × 2, its schema 2, reserved 10",
        "backup.storage": "two weeks of compressed dumps; put a class whose disks do not fail with the database's",
        "backup.keep": "two weeks: a mistake is noticed by then",
        "pgbouncer.replicas": "one may be lost or rolled",
        "pgbouncer.pool_size": "the design's value",
        "pgbouncer.max_client_conn": "the design's value: ten control planes with 25 connections each fit into one",
        "nats.replicas": "a RAFT group: one may be lost",
        "nats.storage": "the design's value",
        "nats.resources": "a quarter may hold streams in memory",
        "temporal.layout": "each role scales and fails alone",
        "temporal.replicas": "one of each may be lost or rolled",
        "temporal.history_shards": "what Temporal's chart uses; fixed for ever",
        "temporal.connections": "eight pods stay below PostgreSQL's limit",
        "temporal.resources": "one role each",
        "temporal.ui": "on: people look at workflows",
        "control_plane.replicas": "one may be lost or rolled; the least of the autoscaler's range",
        "control_plane.resources": "the design's values for production",
        "control_plane.data": "several pods mount it, so it needs a ReadWriteMany class; put yours",
        "control_plane.node_ports": "none: ingress",
        "connectors.replicas": "one may be lost or rolled",
        "connectors.connectors": "the built-in ones are enough",
        "agents.project": "the project that exists at first start; add pools for more",
        "agents.roles": "all that Loom knows",
        "agents.resources": "room for builds",
        "agents.workspace": "many checkouts",
        "secret_store": "External Secrets is there; put your store",
        "stored_secrets": "agents need a key; add loom-git and loom-webhook when the store has them",
        "ingress": "put your host, class, issuer and controller, whose pods must be meshed (linkerd.io/inject); nginx "
        "cuts streams that are quiet for 60 s unless told otherwise",
        "mesh.mode": "every call by identity, encrypted; denied otherwise",
        "mesh.viz": "the dashboard and tap of operators; only they are let in",
        "mesh.proxy": "what Linkerd gives proxies where it must not fail",
        "monitoring.prometheus": "the names of kube-prometheus; the Helm chart selects rules by a label, release",
        "monitoring.runbooks": "put where you serve docs/runbooks",
        "log_level": "enough to follow a request",
    },
)
"""Needs an ingress controller, cert-manager, External Secrets and the Prometheus operator in the cluster, and two
storage classes."""
