"""Loom on a laptop: kind, k3d, minikube. Nothing but Kubernetes is needed in the cluster."""

from __future__ import annotations

from cdk8s import Size

from ..kubernetes import Claim, Cpu, Resources
from ..loom import AgentRole, LlmProvider, NodePorts, TemporalLayout
from ..policies import ClusterDns, MeshMode
from ..production import AdmissionMode
from . import secrets
from .environment import Environment
from .reasons import COMMON
from .settings import (
    AdmissionSettings,
    AgentSettings,
    ConnectorsSettings,
    ControlPlaneSettings,
    Digests,
    ImageLockSettings,
    Images,
    MeshSettings,
    NatsSettings,
    NetworkSettings,
    PgBouncerSettings,
    PostgresSettings,
    TemporalSettings,
    WorkloadSettings,
)

LOCAL = Environment(
    name="local",
    namespace="loom",
    images=Images(loom="k3d-registry.localhost:5001/loom:dev"),
    workloads=WorkloadSettings(spread=None, budgets=False, min_ready=None),
    image_lock=ImageLockSettings(digests=Digests.IGNORED),
    postgres=PostgresSettings(
        storage=Claim(Size.gibibytes(10)),
        resources=Resources(
            cpu=Cpu.millis(250), memory=Size.mebibytes(512), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(512)
        ),
        max_connections=150,
    ),
    backup=None,
    archive=None,
    pgbouncer=PgBouncerSettings(replicas=1, pool_size=20, max_client_conn=200),
    nats=NatsSettings(
        replicas=1,
        storage=Claim(Size.gibibytes(5)),
        resources=Resources(
            cpu=Cpu.millis(100), memory=Size.mebibytes(128), cpu_limit=Cpu.millis(500), memory_limit=Size.mebibytes(256)
        ),
        check_every=None,
        backup=None,
    ),
    temporal=TemporalSettings(
        layout=TemporalLayout.SINGLE,
        replicas=1,
        history_shards=4,
        connections=5,
        resources=Resources(
            cpu=Cpu.millis(200), memory=Size.mebibytes(256), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(768)
        ),
        ui=False,
    ),
    control_plane=ControlPlaneSettings(
        replicas=1,
        resources=Resources(
            cpu=Cpu.millis(250), memory=Size.mebibytes(512), cpu_limit=Cpu.units(1), memory_limit=Size.gibibytes(1)
        ),
        data=Claim(Size.gibibytes(5)),
        node_ports=NodePorts(api=30081, grpc=30090),
    ),
    connectors=ConnectorsSettings(replicas=1),
    agents=AgentSettings(
        project="default",
        roles=(AgentRole.CODER, AgentRole.REVIEWER, AgentRole.QA),
        resources=Resources(
            cpu=Cpu.millis(100), memory=Size.mebibytes(128), cpu_limit=Cpu.units(1), memory_limit=Size.gibibytes(1)
        ),
        workspace=Size.gibibytes(2),
    ),
    provider=LlmProvider("https://api.openai.com/v1", "gpt-4o", secrets.PROVIDER.key("api-key", optional=True)),
    secret_store=None,
    stored_secrets=(),
    ingress=None,
    network=NetworkSettings(dns=ClusterDns(), internet=(443, 22)),
    mesh=MeshSettings(
        mode=MeshMode.ADD_ON,
        viz=True,
        proxy=Resources(
            cpu=Cpu.millis(10), memory=Size.mebibytes(20), cpu_limit=Cpu.millis(500), memory_limit=Size.mebibytes(128)
        ),
    ),
    monitoring=None,
    admission=AdmissionSettings(mode=AdmissionMode.WARN, add_on=True),
    quotas=None,
    log_level="debug",
    reasons={
        **COMMON,
        "images.loom": "what a local build is pushed as; no registry is needed elsewhere",
        "workloads.spread": "one node: nothing to spread over",
        "workloads.budgets": "they would block the drain of the only node, or protect nothing",
        "workloads.min_ready": "a laptop is in a hurry",
        "image_lock.digests": "a tag that is built anew every day is what a laptop runs",
        "image_lock.allow_unresolved": "tags are allowed here",
        "image_lock.registry": "none: put your mirror, if nodes pull from one",
        "images.postgres": "the documents' image; a laptop may take the newest patch",
        "postgres.storage": "the documents' claim; with 5Gi + 5Gi beside it all fits into 20Gi",
        "postgres.resources": "the smallest that keeps 128MB of shared buffers and 150 connections",
        "postgres.max_connections": "pooler (1+1) × 20, Temporal (1+1) × 4 × 5 × 2, its schema 2, reserved 10",
        "archive": "none, like backups",
        "backup": "none: a laptop's disk is full soon, and what is on it can be made again",
        "pgbouncer.replicas": "one node: a second one would fall with it",
        "pgbouncer.pool_size": "one control plane opens 25 connections at most, hardly ever at once",
        "pgbouncer.max_client_conn": "one control plane and its successor need 50",
        "nats.replicas": "one node: a cluster would fall with it",
        "nats.storage": "stream LOOM is limited to 1GiB",
        "nats.resources": "idles at 20Mi; a quarter may hold streams in memory",
        "nats.check_every": "nobody: one server, one replica",
        "nats.backup": "none: messages live for a day",
        "temporal.layout": "one small pod",
        "temporal.replicas": "one node: a second one would fall with it",
        "temporal.history_shards": "the server's own default; nobody scales a laptop",
        "temporal.connections": "few workflows at a time",
        "temporal.resources": "all four roles in 256Mi at rest, seen on a running cluster",
        "temporal.ui": "off, to save memory",
        "control_plane.replicas": "its claim is mounted by one pod",
        "control_plane.resources": "the design's values for local",
        "control_plane.data": "survives restarts, as a claim of one node can",
        "control_plane.node_ports": "no ingress on a laptop; 30081 and 30090 as in kind's and k3d's port maps",
        "connectors.replicas": "one node",
        "connectors.connectors": "the built-in ones are enough",
        "agents.project": "the project that exists at first start",
        "agents.roles": "the three that work on code",
        "agents.resources": "three of them fit beside the rest into 1.5 CPU and 3Gi",
        "agents.workspace": "a checkout or two",
        "secret_store": "none: the documents' commands or `make k8s-secrets` make the Secrets",
        "stored_secrets": "none: no store",
        "ingress": "none: node ports",
        "mesh.mode": "a second step, if at all: nothing but Kubernetes is needed at first",
        "mesh.viz": "people try it for its dashboard",
        "mesh.proxy": "a laptop has little to spare",
        "monitoring": "none: it needs the Prometheus operator",
        "admission.mode": "whoever applies something is told; nobody reads a laptop's audit log",
        "admission.add_on": "it needs Kubernetes 1.30 and rights over the whole cluster, all else 1.29 and a namespace",
        "quotas": "none: nobody else uses a laptop's cluster",
        "log_level": "people look",
    },
)
"""One of each on one node: requests below 1.5 CPU and 3Gi, limits below 8Gi, claims of 20Gi."""
