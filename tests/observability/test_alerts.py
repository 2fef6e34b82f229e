import pytest
from cdk8s import Duration, Size

from loom_constructs import (
    Alert,
    NatsExporter,
    NatsJetStream,
    NatsUser,
    NetworkPolicies,
    Peer,
    PrometheusRules,
    SecretRef,
    ServiceMonitor,
    Severity,
    Target,
    backup_alerts,
    nats_alerts,
    postgres_alerts,
    stream_alerts,
    verdict_alerts,
)

TARGET = Target("loom", "db-exporter")


def alert(**changes):
    values = {
        "name": "DiskFull",
        "expr": "disk > 1",
        "for_": Duration.minutes(5),
        "severity": Severity.WARNING,
        "summary": "The disk is full",
        "description": "Nothing can be written.",
    }
    return Alert(**{**values, **changes})


def rules(chart, **changes):
    values = {"name": "data", "groups": {"disks": [alert()]}, "runbooks": "https://docs.example.org/runbooks/"}
    return PrometheusRules(chart, "rules", **{**values, **changes})


def test_matches_snapshot(chart, render, snapshot):
    rules(chart, labels={"release": "monitoring"})

    assert render() == snapshot


def test_a_runbook_is_named_after_the_alert_unless_it_is_given(chart, render):
    rules(chart, groups={"a": [alert()], "b": [alert(name="DiskSlow", runbook="disks")]})

    groups = render()["PrometheusRule/data"]["spec"]["groups"]
    urls = [rule["annotations"]["runbook_url"] for group in groups for rule in group["rules"]]
    assert urls == ["https://docs.example.org/runbooks/disk-full.md", "https://docs.example.org/runbooks/disks.md"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "diskFull"}, "name must be words that start with capitals"),
        ({"expr": " "}, "expr of DiskFull must be a text"),
        ({"for_": 5}, "for_ must be a Duration, got 5"),
        ({"severity": "page"}, "severity must be a Severity, got 'page'"),
        ({"runbook": "a/b"}, "runbook must be a DNS label"),
    ],
)
def test_a_wrong_alert_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        alert(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"groups": {}}, "groups must be at least one group"),
        ({"groups": {"a": []}}, "groups must be at least one group"),
        ({"groups": {"a": ["x"]}}, "groups must be an Alert, got 'x'"),
        ({"groups": {"a": [alert()], "b": [alert()]}}, "groups must be without repetition, got 'DiskFull'"),
        ({"runbooks": "docs/runbooks"}, "runbooks must be a URL"),
        ({"labels": {"a": 1}}, "labels"),
    ],
)
def test_wrong_rules_are_refused(chart, changes, message):
    with pytest.raises(ValueError, match=message):
        rules(chart, **changes)
    assert not chart.node.children


def test_another_kind_of_verdict_has_alerts_of_its_own():
    one, two = verdict_alerts(TARGET, kind="base", title="BaseBackup", max_age=Duration.hours(50))

    assert (one.name, two.name) == ("BaseBackupMissing", "BaseBackupFailed")
    assert 'kind="base"' in one.expr and "> 180000" in one.expr and "50 hours" in one.summary


def test_a_single_server_has_a_majority_of_one():
    names = {a.name: a.expr for a in nats_alerts(TARGET, servers=1)}

    assert names["NatsServerDown"].endswith("< 1") and names["NatsQuorumLost"].endswith("< 1")


def test_each_stream_is_counted():
    few, _ = stream_alerts(TARGET, replicas=3, streams=("LOOM", "ORDERS"))

    assert few.expr.count("label_replace") == 2 and 'stream_name="ORDERS"' in few.expr


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: stream_alerts(TARGET, replicas=3, streams=('x"y',)), "streams must be names"),
        (lambda: stream_alerts(TARGET, replicas=0, streams=("LOOM",)), "replicas must be at least 1"),
        (lambda: nats_alerts(TARGET, servers=0), "servers must be at least 1"),
        (lambda: postgres_alerts(TARGET, slot_limit=5), "slot_limit must be a Size"),
        (lambda: backup_alerts("db", max_age=Duration.hours(1)), "exporter must be a Target"),
        (lambda: backup_alerts(TARGET, max_age=3), "max_age must be a Duration"),
        (lambda: Target("loom", "No"), "job must be a DNS label"),
    ],
)
def test_wrong_arguments_are_refused(made, message):
    with pytest.raises(ValueError, match=message):
        made()


def test_labels_are_quoted():
    assert TARGET.series("up", path='a"b\\') == 'up{namespace="loom",job="db-exporter",path="a\\"b\\\\"}'
    assert postgres_alerts(TARGET, slot_limit=Size.gibibytes(1))[2].expr.endswith("> 1073741824")


def test_a_monitor_lets_prometheus_in_at_that_port_only(chart, render):
    nats = NatsJetStream(chart, "nats", users=[NatsUser("web")], passwords=SecretRef("p"))
    exporter = NatsExporter(chart, "exporter", of=nats)
    prometheus = Peer("prometheus", "monitoring", {"app": "prometheus"}, service_account="prometheus")
    ServiceMonitor(chart, "monitor", of=exporter.metrics, prometheus=prometheus, interval=Duration.minutes(1))
    NetworkPolicies(chart, "policies")

    objects = render()
    spec = objects["ServiceMonitor/nats-exporter"]["spec"]
    selected = spec["selector"]["matchLabels"].items()
    assert [o for o in objects.values() if o["kind"] == "Service" and selected <= o["metadata"]["labels"].items()] == [
        objects["Service/nats-exporter"]
    ]
    assert spec["endpoints"] == [{"port": "metrics", "interval": "60s"}]
    [ingress] = objects["NetworkPolicy/nats-exporter"]["spec"]["ingress"]
    assert [p["port"] for p in ingress["ports"]] == [7777]
    assert ingress["from"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}},
            "podSelector": {"matchLabels": {"app": "prometheus"}},
        }
    ]


def test_a_monitor_of_what_is_not_ours_is_refused(chart):
    from loom_constructs import Endpoint

    theirs = Endpoint(Peer.outside("them", "10.0.0.0/8"), "metrics", "them.example.org", 9100)
    prometheus = Peer("prometheus", "monitoring", {"app": "prometheus"}, service_account="prometheus")

    with pytest.raises(ValueError, match="of must be an endpoint of a workload of this app, got 'them'"):
        ServiceMonitor(chart, "monitor", of=theirs, prometheus=prometheus)
