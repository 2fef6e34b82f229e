"""The data layer of the proof settings, in a namespace of its own: PostgreSQL, two PgBouncers, three NATS servers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from cdk8s import App, Size

from loom_constructs import (
    Claim,
    Database,
    NatsJetStream,
    NatsUser,
    NetworkPolicies,
    PgBouncer,
    PostgresCluster,
    SecretRef,
)
from loom_constructs.delivery import create_missing
from loom_constructs.platform import LoomChart, NamespaceChart
from loom_constructs.platform.postgres import postgres_engine
from tests import kube
from tests.cluster.proof_settings import beside

NAMESPACE = "loss"
USER = "writer"

_HERE = beside(NAMESPACE)
_SECRETS: Mapping[str, Mapping[str, str | None]] = {
    "loss-db": {"username": "loom", "password": None},
    "loss-nats": {USER: None, "sys": None},
}


class DataOnly(LoomChart):
    """What `DataChart` has, with the same settings, for one client instead of Loom's."""

    def __init__(self, app: App) -> None:
        super().__init__(app, "data", _HERE)
        images = _HERE.images
        postgres = PostgresCluster(
            self,
            "postgres",
            databases=[Database("loom", SecretRef("loss-db"))],
            engine=postgres_engine(_HERE),
        )
        PgBouncer(
            self,
            "pgbouncer",
            image=images.pgbouncer,
            upstream=postgres.sql,
            replicas=_HERE.pgbouncer.replicas,
            pool_size=_HERE.pgbouncer.pool_size,
            max_client_conn=_HERE.pgbouncer.max_client_conn,
        )
        NatsJetStream(
            self,
            "nats",
            image=images.nats,
            wait_image=images.busybox,
            users=[NatsUser(USER)],
            passwords=SecretRef("loss-nats"),
            replicas=_HERE.nats.replicas,
            storage=Claim(Size.gibibytes(1)),
            resources=_HERE.nats.resources,
        )


def render(folder: Path) -> None:
    """Writes the manifests."""
    app = App(outdir=str(folder))
    NamespaceChart(app, "namespace", _HERE)
    DataOnly(app)
    # the writer needs no way in: a node reaches its pods, whatever the policies say
    NetworkPolicies(LoomChart(app, "network", _HERE), "policies", dns=_HERE.network.dns)
    app.synth()


@contextmanager
def running(folder: Path) -> Iterator[float]:
    """Brings it up and deletes it; the seconds until all was ready."""
    render(folder)
    kube.until(f"the end of an earlier namespace {NAMESPACE}", _free, seconds=120)
    try:
        namespace = str(folder / "namespace.k8s.yaml")
        create_missing(_SECRETS, namespace=NAMESPACE, environment=_HERE.name, namespace_object=namespace)
        kube.kubectl("apply", "--server-side", "-f", str(folder))
        yield kube.wait_ready(NAMESPACE, seconds=5 * 60)
    finally:
        # nobody waits for the end of it but who comes next
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def _free() -> bool:
    phase = ["namespace", NAMESPACE, "--ignore-not-found", "-o", "jsonpath={.status.phase}"]
    found = kube.kubectl("get", *phase).strip()
    if found == "Active":
        pytest.fail(f"namespace {NAMESPACE} exists already: this proof makes and deletes it")
    return not found


def dsn() -> dict[str, str]:
    """The database through PgBouncer, said as in Loom's configuration."""
    parts = f"host={_address('pgbouncer')} port=5432 dbname=loom user=loom"
    return {
        "DSN": f"{parts} sslmode=disable binary_parameters=yes connect_timeout=5",
        "PGPASSWORD": kube.secret(NAMESPACE, "loss-db", "password"),
    }


def nats_url() -> str:
    """The message bus, with the login."""
    return f"nats://{USER}:{kube.secret(NAMESPACE, 'loss-nats', USER)}@{_address('nats')}:4222"


def _address(service: str) -> str:
    return kube.kubectl("get", "service", service, "-n", NAMESPACE, "-o", "jsonpath={.spec.clusterIP}")
