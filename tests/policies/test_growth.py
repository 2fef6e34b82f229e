"""What a call costs does not depend on how many there are; `make bench` shows the seconds."""

import pytest
from cdk8s import Chart

from loom_constructs import Endpoint, Mesh, MeshMode, MeshPolicies, NetworkPolicies, Peer, ServiceProfiles, Wire
from tests.policies.conftest import Shop

SERVICES = 12


@pytest.fixture
def questions(monkeypatch):
    """Counts what is asked of the other side of jsii: that is where the time goes, and unlike time it is exact."""
    from jsii._kernel.providers.process import _NodeProcess

    count = [0]
    send = _NodeProcess.send

    def counting(*arguments):
        count[0] += 1
        return send(*arguments)

    monkeypatch.setattr(_NodeProcess, "send", counting)
    return lambda: count[0]


def cost(app, name, each, questions):
    """Questions for each call: to say it, and to derive everything from it."""
    chart = Chart(app, name, namespace=name, disable_resource_name_hashes=True)
    shop = Shop(chart)
    workloads = [shop.workload(f"s{i}", {"http": 80}) for i in range(SERVICES)]
    endpoints = [Endpoint(Peer.of(w), "http", w.labels.instance, 80, wire=Wire.HTTP) for w in workloads]
    before = questions()
    for step in range(1, each + 1):
        for i, workload in enumerate(workloads):
            Peer.of(workload).calls(endpoints[(i + step) % SERVICES])
    said = questions()
    network = NetworkPolicies(chart, "network", mesh=Mesh(MeshMode.ON))
    MeshPolicies(chart, "mesh", network=network)
    ServiceProfiles(chart, "profiles", mesh=network.mesh)
    derived = questions()
    calls = each * SERVICES
    return (said - before) / calls, (derived - said) / calls


def test_the_tenth_call_of_a_service_costs_what_the_first_one_did(tmp_path, questions):
    from cdk8s import App

    few = cost(App(outdir=str(tmp_path / "few")), "few", 2, questions)
    many = cost(App(outdir=str(tmp_path / "many")), "many", 10, questions)

    print(
        f"\nquestions for each call: {few[0]:.1f} and {many[0]:.1f} to say it, {few[1]:.1f} and {many[1]:.1f} to read it"
    )
    assert many[0] <= few[0] * 1.1
    assert many[1] <= few[1]
