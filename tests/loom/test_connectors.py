import json

import pytest

from loom_constructs import Connector, ConnectorsService, Endpoint, Peer, PodOptions, Resources, SecretRef
from tests.pods import container, env_of, pod_spec


def connectors(chart, nats, **changes):
    arguments = {"image": "loom:1.0", "events": nats.client("connectors"), **changes}
    return ConnectorsService(chart, "connectors", **arguments)


def test_matches_snapshot(chart, nats, render, snapshot):
    connectors(chart, nats)

    assert {k: v for k, v in render().items() if "/connectors-service" in k} == snapshot


def test_all_the_arguments(chart, nats, render):
    connectors(
        chart,
        nats,
        connectors=[
            Connector(
                "wiki", "Wiki: #1", "docs", "wiki.example.org", 443, scheme="https", health_path="/up", tags=["a"]
            )
        ],
        webhook=SecretRef("loom-webhook"),
        git=SecretRef("loom-git"),
        telemetry=Endpoint(Peer("otel", "loom"), "otlp", "collector", 4317),
        replicas=2,
        resources=Resources.small(),
        log_level="warn",
        pod=PodOptions(annotations={"note": "x"}),
    )

    objects = render()
    rendered = objects["Deployment/connectors-service"]
    env = env_of(rendered)
    assert rendered["spec"]["replicas"] == 2
    assert env["GITHUB_WEBHOOK_SECRET"]["secretKeyRef"]["optional"] is True
    assert env["GITHUB_TOKEN"]["secretKeyRef"]["name"] == "loom-git"
    assert env["OTEL_ENDPOINT"] == "collector:4317"
    [entry] = json.loads(objects["ConfigMap/connectors-service-config"]["data"]["connectors.yaml"])["connectors"]
    assert entry == {
        "id": "wiki",
        "name": "Wiki: #1",
        "type": "docs",
        "mode": "local",
        "enabled": True,
        "description": "",
        "host": "wiki.example.org",
        "port": 443,
        "scheme": "https",
        "health_check": {"enabled": True, "interval": "30s", "timeout": "5s", "path": "/up"},
        "tags": ["a"],
    }


def test_probes_ask_what_both_programs_serve(chart, nats, render):
    connectors(chart, nats)

    rendered = render()["Deployment/connectors-service"]
    main = container(rendered, "connectors-service")
    assert {main[p]["tcpSocket"]["port"] for p in ("startupProbe", "readinessProbe", "livenessProbe")} == {"http"}
    assert main["command"] == ["/app/connectors-service"]
    assert pod_spec(rendered)["automountServiceAccountToken"] is False


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": "loom"}, "image must be an image with a tag"),
        ({"replicas": 0}, "replicas must be at least 1, got 0"),
        ({"log_level": "x"}, "log_level must be one of"),
        ({"connectors": [Connector("a", "A", "t", "h", 1)] * 2}, "connectors must be without repetition, got 'a'"),
    ],
)
def test_bad_arguments_are_refused(chart, nats, changes, message):
    with pytest.raises(ValueError, match=message):
        connectors(chart, nats, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "A B"}, "id must be a DNS label"),
        ({"host": "a b"}, "host must be a DNS name"),
        ({"port": 0}, "port must be a port"),
        ({"scheme": "gopher"}, "scheme must be one of http, https, got 'gopher'"),
    ],
)
def test_bad_connectors_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Connector(**{"id": "a", "name": "A", "type": "t", "host": "h", "port": 1, **changes})
