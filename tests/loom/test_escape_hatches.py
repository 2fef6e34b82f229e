"""Every construct with pods takes the same `pod=PodOptions(...)`, and all of it lands in each of its pods."""

import pytest
from cdk8s import Chart, Size

from loom_constructs import (
    AgentRole,
    ConnectorsService,
    Container,
    Database,
    EmbeddedPostgres,
    Endpoint,
    LoomAgent,
    LoomAgentPools,
    LoomControlPlane,
    NatsJetStream,
    NatsUser,
    Peer,
    PgBouncer,
    PodOptions,
    PostgresCluster,
    Resources,
    SecretRef,
    Temporal,
    Volume,
)
from tests.pods import pod_spec, workloads

OPTIONS = PodOptions(
    env={"EXTRA": "1"},
    mounts={"/extra": Volume.scratch("extra", Size.mebibytes(1))},
    containers=[Container("sidecar", "side:1.0", Resources.small())],
    init_containers=[Container("setup", "setup:1.0", Resources.small())],
    annotations={"note": "x"},
    labels={"team": "shop"},
    node_selector={"disk": "ssd"},
    tolerations=[{"key": "gpu", "operator": "Exists"}],
    affinity={"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    pull_secrets=["registry"],
    priority_class="high",
)
LOGIN = SecretRef("login")
API = Endpoint(Peer("loom", "x"), "http", "loom", 8081)


def _postgres(chart, **more):
    databases = [Database(n, LOGIN) for n in ("loom", "temporal", "temporal_visibility")]
    return PostgresCluster(chart, "postgres", databases=databases, engine=EmbeddedPostgres(max_connections=900, **more))


def _nats(chart, **more):
    return NatsJetStream(chart, "nats", users=[NatsUser("a")], passwords=LOGIN, **more)


def _temporal(chart, **more):
    postgres = _postgres(Chart(chart.node.root, "data", namespace="x"))
    stores = {"database": postgres.database("temporal"), "visibility": postgres.database("temporal_visibility")}
    return Temporal(chart, "temporal", ui=True, **stores, **more)


def _control_plane(chart, **more):
    data = Chart(chart.node.root, "data", namespace="x")
    return LoomControlPlane(
        chart,
        "loom",
        image="loom:1.0",
        database=_postgres(data).sql,
        events=_nats(data).client("a"),
        secret=LOGIN,
        **more,
    )


def _events(chart):
    return _nats(Chart(chart.node.root, "data", namespace="x")).client("a")


MAKERS = {
    "PostgresCluster": _postgres,
    "PgBouncer": lambda chart, **more: PgBouncer(
        chart, "pool", upstream=_postgres(Chart(chart.node.root, "data", namespace="x")).sql, **more
    ),
    "NatsJetStream": _nats,
    "Temporal": _temporal,
    "LoomControlPlane": _control_plane,
    "ConnectorsService": lambda chart, **more: ConnectorsService(
        chart, "connectors", image="loom:1.0", events=_events(chart), **more
    ),
    "LoomAgent": lambda chart, **more: LoomAgent(
        chart,
        "agent",
        role=AgentRole.QA,
        project="p",
        image="loom:1.0",
        events=_events(chart),
        control_plane=API,
        **more,
    ),
    "LoomAgentPools": lambda chart, **more: LoomAgentPools(
        chart,
        "agents",
        roles=list(AgentRole),
        project="p",
        image="loom:1.0",
        events=_events(chart),
        control_plane=API,
        **more,
    ),
}


@pytest.mark.parametrize("name", MAKERS)
def test_all_options_land_in_every_pod(app, manifests, name):
    chart = Chart(app, "test", namespace="x", disable_resource_name_hashes=True)
    MAKERS[name](chart, pod=OPTIONS)

    found = list(workloads(manifests(chart).values()))

    assert found
    for workload in found:
        pod, metadata = pod_spec(workload), workload["spec"]["template"]["metadata"]
        main = pod["containers"][0]
        assert {"name": "EXTRA", "value": "1"} in main["env"]
        assert {"name": "extra", "mountPath": "/extra"} in main["volumeMounts"]
        # the migration's Job would never end with a container that does not
        beside = not metadata["labels"]["app"].endswith("-migrate")
        assert ("sidecar" in [c["name"] for c in pod["containers"]]) is beside
        assert ("setup" in [c["name"] for c in pod["initContainers"]]) is beside
        assert metadata["annotations"]["note"] == "x" and metadata["labels"]["team"] == "shop"
        assert pod["nodeSelector"] == {"disk": "ssd"} and pod["tolerations"] == [{"key": "gpu", "operator": "Exists"}]
        assert pod["affinity"] == OPTIONS.affinity
        assert pod["imagePullSecrets"] == [{"name": "registry"}] and pod["priorityClassName"] == "high"
