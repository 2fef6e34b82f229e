"""Loom for real work."""

from __future__ import annotations

from cdk8s import Duration, Size

from ..data import Bucket, Spread, Synchronous
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
    BackupSettings,
    CloudNativePgSettings,
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

_UNREAD = {
    "registry.example.org/loom:1.0.0": "a placeholder; put your release, and take this away",
    **dict.fromkeys(
        (
            "postgres:15.19-alpine3.24",
            "ghcr.io/cloudnative-pg/postgresql:15.19-system-bookworm",
            "edoburu/pgbouncer:v1.25.2-p0",
            "nats:2.12.15-alpine",
            "natsio/nats-box:0.19.7",
            "temporalio/server:1.31.2",
            "temporalio/admin-tools:1.31.2",
            "temporalio/ui:2.52.0",
            "busybox:1.37.0",
            "rclone/rclone:1.75.1",
            "quay.io/prometheuscommunity/postgres-exporter:v0.20.1",
            "natsio/prometheus-nats-exporter:0.20.1",
        ),
        "no registry was within reach when this was written; `make images-lock`, and take this away",
    ),
}

PRODUCTION = Environment(
    name="production",
    namespace="loom",
    images=Images(loom="registry.example.org/loom:1.0.0", postgres="postgres:15.19-alpine3.24"),
    workloads=WorkloadSettings(spread=ZoneSpread.HARD, budgets=True, min_ready=10),
    image_lock=ImageLockSettings(digests=Digests.REQUIRED, allow_unresolved=tuple(_UNREAD)),
    postgres=PostgresSettings(
        storage=Claim(Size.gibibytes(100), storage_class="fast"),
        resources=Resources(
            cpu=Cpu.units(2), memory=Size.gibibytes(8), cpu_limit=Cpu.units(4), memory_limit=Size.gibibytes(8)
        ),
        max_connections=420,
        engine=CloudNativePgSettings(
            image="ghcr.io/cloudnative-pg/postgresql:15.19-system-bookworm",
            instances=3,
            wal_storage=Claim(Size.gibibytes(20), storage_class="fast"),
            synchronous=Synchronous.REQUIRED,
            spread=Spread.REQUIRED,
            backups="s3://loom-backups/production",
            backup_schedule="0 0 1 * * *",
            retention="30d",
        ),
    ),
    backup=BackupSettings(
        storage=Bucket("loom-backups", region="eu-central-1", prefix="production", credentials=secrets.BACKUP),
        keep=14,
        encryption=secrets.BACKUP.key("encryption-key"),
    ),
    archive=None,
    pgbouncer=PgBouncerSettings(replicas=2, pool_size=50, max_client_conn=500),
    nats=NatsSettings(
        replicas=3,
        storage=Claim(Size.gibibytes(50), storage_class="fast"),
        resources=Resources(
            cpu=Cpu.millis(500), memory=Size.gibibytes(1), cpu_limit=Cpu.units(2), memory_limit=Size.gibibytes(1)
        ),
        check_every=Duration.seconds(30),
        backup=Claim(Size.gibibytes(5), storage_class="backup"),
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
    stored_secrets=("loom-provider", "loom-object-store", "loom-backup"),
    ingress=PublicIngress(
        host="loom.example.org",
        class_name="nginx",
        issuer="letsencrypt",
        controller_namespace="ingress-nginx",
        controller_labels={"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"},
        controller_account="ingress-nginx",
        annotations={"nginx.ingress.kubernetes.io/proxy-read-timeout": "3600"},
    ),
    network=NetworkSettings(dns=ClusterDns(), internet=(443, 22), api_server=("10.0.0.1/32",)),
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
    admission=AdmissionSettings(mode=AdmissionMode.DENY, add_on=False),
    quotas=QuotaSettings(
        headroom=20,
        default=Resources(
            cpu=Cpu.millis(50), memory=Size.mebibytes(64), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(512)
        ),
    ),
    log_level="info",
    reasons={
        **{name: reason for name, reason in COMMON.items() if name != "postgres.engine.folder"},
        **{f"image_lock.allow_unresolved.{image}": why for image, why in _UNREAD.items()},
        "images.loom": "put the registry and the release that you deploy",
        "workloads.spread": "the loss of a zone leaves one of each: nodes need the label topology.kubernetes.io/zone",
        "workloads.budgets": "a drain takes one of each at a time; a quorum of three keeps two",
        "workloads.min_ready": "a pod that crashes after its first probe stops the roll-out",
        "image_lock.digests": "a tag can be moved to another image; a digest cannot",
        "image_lock.registry": "none: put your mirror, if nodes pull from one",
        "images.postgres": "an exact patch, so that staging and production run the same",
        "postgres.storage": "can grow and never shrink; put the class with the fastest disks",
        "postgres.resources": "2GB of shared buffers; as much guaranteed as allowed, so that it is evicted last",
        "postgres.engine.image": "the major version of the other environments; look whether there is a newer patch",
        "postgres.engine.instances": "a primary and two standbys: one may be lost while commits still wait for another",
        "postgres.engine.wal_storage": "the log cannot fill the disk of the data, nor the data that of the log",
        "postgres.engine.synchronous": "what Loom was told is stored survives the loss of the primary",
        "postgres.engine.spread": "each in a zone of its own: nodes need the label topology.kubernetes.io/zone",
        "postgres.engine.backups": "put your bucket",
        "postgres.engine.backup_schedule": "at 01:00, an hour before the dumps",
        "postgres.engine.retention": "a month back to any moment",
        "postgres.engine.endpoint_url": "none: AWS; put that of another store",
        "postgres.max_connections": "poolers (2+1) × 50, Temporal 4 × (2+1) × 10 × 2, its schema 2, reserved 10",
        "archive": "none, since its engine keeps one of its own",
        "backup.storage": "survives the cluster; put your bucket and region, or a claim on other disks",
        "backup.encryption": "who runs the bucket reads nothing; keep a copy of the key outside of the cluster",
        "backup.keep": "two weeks: a mistake is noticed by then",
        "pgbouncer.replicas": "one may be lost or rolled",
        "pgbouncer.pool_size": "the design's value",
        "pgbouncer.max_client_conn": "the design's value: ten control planes with 25 connections each fit into one",
        "nats.replicas": "a RAFT group: one may be lost",
        "nats.storage": "the design's value",
        "nats.resources": "a quarter may hold streams in memory",
        "nats.check_every": "the server says at once; this is for what it says while nobody listens",
        "nats.backup": "four of 1GiB, and one that is being made; a class whose disks do not fail with NATS'",
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
        "stored_secrets": "agents need a key, backups and the archive a bucket; add loom-git and loom-webhook when the "
        "store has them",
        "ingress": "put your host, class, issuer and controller, whose pods must be meshed (linkerd.io/inject); nginx "
        "cuts streams that are quiet for 60 s unless told otherwise",
        "network.api_server": "each server of CloudNativePG reports there; put your control plane's addresses "
        "(kubectl get endpointslices -l kubernetes.io/service-name=kubernetes)",
        "mesh.mode": "every call by identity, encrypted; denied otherwise",
        "mesh.viz": "the dashboard and tap of operators; only they are let in",
        "mesh.proxy": "what Linkerd gives proxies where it must not fail",
        "monitoring.prometheus": "the names of kube-prometheus; the Helm chart selects rules by a label, release",
        "monitoring.runbooks": "put where you serve docs/runbooks",
        "admission.mode": "what breaks a rule does not come in",
        "admission.add_on": "the API server brings all that it needs",
        "quotas.headroom": "all can be rolled while every old pod is still ending; or three more pools of agents",
        "quotas.default": "what is injected: Linkerd's check of the network, and who archives PostgreSQL's log",
        "log_level": "enough to follow a request",
    },
)
"""Needs in the cluster: an ingress controller, cert-manager, External Secrets, the Prometheus operator, CloudNativePG
with its plugin Barman Cloud, and storage classes."""
