"""Loom as in production, smaller: two of what holds no data."""

from __future__ import annotations

from cdk8s import Duration, Size

from ..kubernetes import Claim, Cpu, Resources
from ..loom import AgentRole, LlmProvider, TemporalLayout
from ..policies import ClusterDns, MeshMode
from ..production import AdmissionMode, ClusterSecretStore, ZoneSpread
from . import secrets
from .environment import Environment
from .reasons import COMMON
from .settings import (
    AdmissionSettings,
    AgentSettings,
    ArchiveSettings,
    BackupSettings,
    ConnectorsSettings,
    ControlPlaneSettings,
    Digests,
    ImageLockSettings,
    Images,
    MeshSettings,
    MonitoringSettings,
    NatsSettings,
    NetworkSettings,
    PgBouncerSettings,
    PostgresSettings,
    Prometheus,
    PublicIngress,
    QuotaSettings,
    TemporalSettings,
    WorkloadSettings,
)

STAGING = Environment(
    name="staging",
    namespace="loom",
    images=Images(loom="registry.example.org/loom:1.0.0", postgres="postgres:15.19-alpine3.24"),
    workloads=WorkloadSettings(spread=ZoneSpread.SOFT, budgets=True, min_ready=10),
    image_lock=ImageLockSettings(digests=Digests.KNOWN),
    postgres=PostgresSettings(
        storage=Claim(Size.gibibytes(20)),
        resources=Resources(
            cpu=Cpu.millis(500), memory=Size.gibibytes(2), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(2)
        ),
        max_connections=220,
    ),
    backup=BackupSettings(storage=Claim(Size.gibibytes(20)), keep=7),
    archive=ArchiveSettings(storage=Claim(Size.gibibytes(100)), keep=3),
    pgbouncer=PgBouncerSettings(replicas=2, pool_size=25, max_client_conn=250),
    nats=NatsSettings(
        replicas=3,
        storage=Claim(Size.gibibytes(10)),
        resources=Resources(
            cpu=Cpu.millis(200), memory=Size.mebibytes(256), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(512)
        ),
        check_every=Duration.seconds(30),
        backup=Claim(Size.gibibytes(5)),
    ),
    temporal=TemporalSettings(
        layout=TemporalLayout.SINGLE,
        replicas=2,
        history_shards=512,
        connections=5,
        resources=Resources(
            cpu=Cpu.millis(300), memory=Size.mebibytes(512), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(1)
        ),
        ui=True,
    ),
    control_plane=ControlPlaneSettings(
        replicas=2,
        resources=Resources(
            cpu=Cpu.millis(250), memory=Size.mebibytes(512), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(2)
        ),
        data=Claim(Size.gibibytes(20), storage_class="shared", shared=True),
    ),
    connectors=ConnectorsSettings(replicas=2),
    agents=AgentSettings(
        project="default",
        roles=(AgentRole.CODER, AgentRole.REVIEWER, AgentRole.QA, AgentRole.PM, AgentRole.ARCHITECT),
        resources=Resources(
            cpu=Cpu.millis(100), memory=Size.mebibytes(256), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(2)
        ),
        workspace=Size.gibibytes(5),
    ),
    provider=LlmProvider("https://api.openai.com/v1", "gpt-4o", secrets.PROVIDER.key("api-key", optional=True)),
    secret_store=ClusterSecretStore("loom", prefix="loom/staging"),
    stored_secrets=("loom-provider",),
    ingress=PublicIngress(
        host="loom.staging.example.org",
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
    admission=AdmissionSettings(mode=AdmissionMode.WARN, add_on=False),
    quotas=QuotaSettings(
        headroom=20,
        default=Resources(
            cpu=Cpu.millis(50), memory=Size.mebibytes(64), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(512)
        ),
    ),
    log_level="info",
    reasons={
        **COMMON,
        "images.loom": "put the registry and the release that you deploy",
        "workloads.spread": "zones are used where nodes have them, and nothing waits for one",
        "workloads.budgets": "a drain takes one of each at a time",
        "workloads.min_ready": "as in production",
        "image_lock.digests": "what production will run, by digest as soon as the lock has it",
        "image_lock.allow_unresolved": "tags are allowed here",
        "image_lock.registry": "none: put your mirror, if nodes pull from one",
        "images.postgres": "an exact patch, so that staging and production run the same",
        "postgres.storage": "twice the documents' claim",
        "postgres.resources": "512MB of shared buffers",
        "postgres.max_connections": "poolers (2+1) × 25, Temporal (2+1) × 4 × 5 × 2, its schema 2, reserved 10",
        "archive.storage": "four copies of a full database (three that stay, one that comes), and 20Gi of log",
        "archive.keep": "back to any moment of two days at least; what is older is in the dumps",
        "backup.storage": "dumps are compressed: room for a week of them",
        "backup.keep": "a week",
        "backup.encryption": "none: the claim's class decides",
        "pgbouncer.replicas": "one may be lost or rolled",
        "pgbouncer.pool_size": "half of production",
        "pgbouncer.max_client_conn": "half of production",
        "nats.replicas": "a RAFT group, as in production",
        "nats.storage": "stream LOOM is limited to 1GiB; room for more streams",
        "nats.resources": "half of production",
        "nats.check_every": "the server says at once; this is for what it says while nobody listens",
        "nats.backup": "four of 1GiB, and one that is being made",
        "temporal.layout": "roles in one Deployment: staging needs no scaling by role",
        "temporal.replicas": "one may be lost or rolled",
        "temporal.history_shards": "what Temporal's chart uses; fixed for ever",
        "temporal.connections": "two pods with four roles stay below PostgreSQL's limit",
        "temporal.resources": "all four roles with some load",
        "temporal.ui": "on: people look at workflows",
        "control_plane.replicas": "one may be lost or rolled",
        "control_plane.resources": "half of production",
        "control_plane.data": "two pods mount it, so it needs a ReadWriteMany class; put yours",
        "control_plane.node_ports": "none: ingress",
        "connectors.replicas": "one may be lost or rolled",
        "connectors.connectors": "the built-in ones are enough",
        "agents.project": "the project that exists at first start",
        "agents.roles": "those of local, and who plans",
        "agents.resources": "room for a build",
        "agents.workspace": "some checkouts",
        "secret_store": "External Secrets is there; put your store",
        "stored_secrets": "agents need a key; add loom-git and loom-webhook when the store has them",
        "ingress": "put your host, class, issuer and controller, whose pods must be meshed (linkerd.io/inject); nginx "
        "cuts streams that are quiet for 60 s unless told otherwise",
        "mesh.mode": "as in production",
        "mesh.viz": "people look at requests",
        "mesh.proxy": "what Linkerd gives proxies where it must not fail",
        "monitoring.prometheus": "the names of kube-prometheus; the Helm chart selects rules by a label, release",
        "monitoring.runbooks": "put where you serve docs/runbooks",
        "admission.mode": "whoever applies something is told, before production refuses it",
        "admission.add_on": "the API server brings all that it needs",
        "quotas.headroom": "as in production",
        "quotas.default": "what is injected: Linkerd's check of the network, and who archives PostgreSQL's log",
        "log_level": "enough to follow a request",
    },
)
"""Needs an ingress controller, cert-manager, External Secrets and the Prometheus operator in the cluster."""
