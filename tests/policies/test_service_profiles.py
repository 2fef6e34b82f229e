import re

import pytest

from loom_constructs import Manifest, Mesh, MeshMode, Peer, RetryBudget, Route, ServiceProfiles
from loom_constructs.loom import api

ON = Mesh(MeshMode.ON)


@pytest.fixture
def profiled(chart, shop):
    from dataclasses import replace

    routes = (Route.read("/things"), Route.change("POST", "/things"), Route.long_poll("GET", "/news"))
    Peer.of(shop.stock).calls(replace(shop.http, routes=routes))
    return ServiceProfiles(chart, "profiles", mesh=ON)


def routes_of(objects, name):
    return {r["name"]: r for r in objects[f"ServiceProfile/{name}"]["spec"]["routes"]}


def test_reads_are_repeated_and_changes_are_not(profiled, render):
    profile = render()["ServiceProfile/web.loom.svc.cluster.local"]

    assert profile["apiVersion"] == "linkerd.io/v1alpha2"
    assert profile["spec"]["retryBudget"] == {"retryRatio": 0.2, "minRetriesPerSecond": 10, "ttl": "10s"}
    assert profile["spec"]["routes"] == [
        {
            "name": "GET /things",
            "condition": {"method": "GET", "pathRegex": "/things"},
            "isRetryable": True,
            "timeout": "10s",
        },
        {
            "name": "POST /things",
            "condition": {"method": "POST", "pathRegex": "/things"},
            "isRetryable": False,
            "timeout": "30s",
        },
        {
            "name": "GET /news",
            "condition": {"method": "GET", "pathRegex": "/news"},
            "isRetryable": False,
            "timeout": "60s",
        },
    ]


def test_a_service_without_routes_has_no_profile(chart, shop, render):
    Peer.of(shop.web).calls(shop.sql)
    ServiceProfiles(chart, "profiles", mesh=ON)

    assert not [name for name in render() if name.startswith("ServiceProfile")]


def test_the_other_way_to_say_it_fails_the_synthesis(app, chart, shop, profiled):
    service = next(n for n in chart.node.find_all() if isinstance(n, Manifest) and n.body["kind"] == "Service")
    service.metadata.add_annotation("retry.linkerd.io/http", "5xx")
    spec = {"parentRefs": [{"group": "", "kind": "Service", "name": "web", "port": 8080}], "rules": []}
    Manifest(
        chart, "r", {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "spec": spec}, name="canary"
    )

    with pytest.raises(Exception) as error:
        app.synth()
    assert "Service web has a ServiceProfile and annotation retry.linkerd.io/http" in str(error.value)
    assert "HTTPRoute canary routes Service web, which has a ServiceProfile" in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"percent": -1}, "percent must be at least 0, got -1"),
        ({"seconds": 61}, "seconds must be at most 60, got 61"),
        ({"seconds": 0}, "seconds must be at least 1, got 0"),
    ],
)
def test_a_budget_that_linkerd_would_drop_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        RetryBudget(**wrong)


def test_no_mesh_has_no_profiles(chart):
    with pytest.raises(ValueError, match="mesh must be one that is there"):
        ServiceProfiles(chart, "profiles", mesh=Mesh(MeshMode.OFF))


def route_of(routes, method, path):
    """The first one that matches, as a proxy chooses."""
    return next((r for r in routes if r.method == method and re.fullmatch(r.path, path)), None)


@pytest.mark.parametrize(
    ("method", "path", "retryable"),
    [
        ("GET", "/api/v1/beads", True),
        ("GET", "/api/v1/beads/17", True),
        ("GET", "/api/v1/system/state", True),
        ("GET", "/health/ready", True),
        ("POST", "/api/v1/beads", False),
        ("POST", "/api/v1/agents/7/stop", False),
        ("PUT", "/api/v1/providers/3", False),
        ("DELETE", "/api/v1/decisions/3", False),
    ],
)
def test_each_request_to_loom_has_its_route(method, path, retryable):
    assert route_of(api.CONTROL_PLANE, method, path).retryable is retryable


@pytest.mark.parametrize("path", ["/api/v1/events/stream", "/api/v1/agents/7/logs/stream"])
def test_streams_have_no_time_out(path):
    assert route_of(api.CONTROL_PLANE, "GET", path) is None


def test_no_change_is_ever_repeated():
    for route in (*api.CONTROL_PLANE, *api.CONNECTORS, *api.WORKFLOWS):
        if route.method in ("PUT", "PATCH", "DELETE") or re.search("Start|Signal|Register|Remove|Poll", route.name):
            assert not route.retryable, route.name
    assert {r.name.split("/")[1] for r in api.CONNECTORS if r.retryable} == {
        "ListConnectors",
        "GetConnector",
        "HealthCheck",
    }
    polls = [r for r in api.WORKFLOWS if "Poll" in r.name]
    assert len(polls) == 2 and all(r.seconds == 60 for r in polls)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Route.change("GET", "/x"), "method must be one of POST, PUT, PATCH, DELETE, got 'GET'"),
        (lambda: Route.read("things"), "path must be a path from the root, got 'things'"),
        (lambda: Route.read("/("), "path must be a regular expression"),
        (lambda: Route.read("/x", seconds=0), "seconds must be at least 1, got 0"),
    ],
)
def test_wrong_routes_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
