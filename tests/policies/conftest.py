"""A little shop: a web server, its database, and what they call."""

import pytest
from cdk8s import Chart

from loom_constructs import Container, Endpoint, NatsJetStream, NatsUser, Peer, Resources, SecretRef, Wire
from loom_constructs.kubernetes import Kind, Labels, ServicePort, Workload, service


class Shop:
    """Two workloads of ours, with Services: `web` (HTTP) calls `stock` (opaque)."""

    def __init__(self, chart):
        self.chart = chart
        self.web = self.workload("web", {"http": 8080})
        self.stock = self.workload("stock", {"sql": 7000})
        service(chart, "web-service", workload=self.web, ports={"http": ServicePort(8080)})
        self.service = service(chart, "stock-service", workload=self.stock, ports={"sql": ServicePort(7000)})
        self.http = Endpoint(Peer.of(self.web), "http", "web", 8080, wire=Wire.HTTP)
        self.sql = Endpoint(Peer.of(self.stock), "sql", "stock", 7000)

    def workload(self, name, ports, chart=None, **more):
        main = Container("main", f"{name}:1.0", Resources.small(), ports=ports)
        where, labels = chart or self.chart, Labels(name, name, "shop", "1")
        return Workload(where, name, kind=Kind.DEPLOYMENT, labels=labels, containers=[main], user=1, **more)


@pytest.fixture
def shop(chart):
    return Shop(chart)


@pytest.fixture
def nats(chart):
    return NatsJetStream(chart, "nats", users=[NatsUser("web")], passwords=SecretRef("nats"))


@pytest.fixture
def theirs(app):
    """A chart of another team."""
    return Chart(app, "theirs", namespace="team", disable_resource_name_hashes=True)
