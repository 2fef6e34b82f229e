"""CloudNativePG's definitions take what we render, and refuse what our own checks refuse."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import cdk8s
import pytest

from loom_constructs import (
    BarmanBackup,
    BarmanObjectStore,
    Claim,
    CloudNativePg,
    CloudNativePgPooler,
    Database,
    Endpoint,
    PodOptions,
    PostgresCluster,
    Recovery,
    S3Keys,
    SecretRef,
    Synchronous,
)
from tests import kube
from tests.api.test_dist import api  # noqa: F401  (a fixture)

NAMESPACE = "loom-cnpg-proof"
Object = dict[str, Any]


@pytest.fixture(scope="module")
def rendered(api: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Object]]:
    """Everything that the engine can render, by kind, in a namespace of its own."""
    chart = cdk8s.Chart(
        cdk8s.App(outdir=str(tmp_path_factory.mktemp("app"))),
        "c",
        namespace=NAMESPACE,
        disable_resource_name_hashes=True,
    )
    bucket = SecretRef("bucket")
    keys = S3Keys(access_key_id=bucket.key("id"), secret_access_key=bucket.key("key"), region=bucket.key("region"))
    store = BarmanObjectStore(destination="s3://bucket/x", endpoint_url="https://s3.example.org", credentials=keys)
    login = SecretRef("login")
    postgres = PostgresCluster(
        chart,
        "postgres",
        databases=[Database("one", login), Database("two", login, owner="one"), Database("three", SecretRef("other"))],
        engine=CloudNativePg(
            api_server=Endpoint.api_server("10.0.0.1/32"),
            wal_storage=Claim(cdk8s.Size.gibibytes(4), storage_class="fast"),
            synchronous=Synchronous.REQUIRED,
            backup=BarmanBackup(store=store, server_name="new"),
            recovery=Recovery(store=store, server_name="old", target_time="2026-01-31T02:00:00Z"),
            pod=PodOptions(
                node_selector={"disk": "ssd"},
                tolerations=[{"key": "db", "operator": "Exists", "effect": "NoSchedule"}],
                pull_secrets=["registry"],
                priority_class="high",
                labels={"team": "x"},
            ),
        ),
    )
    CloudNativePgPooler(chart, "pooler", of=postgres, pool_size=20)
    objects = {o["kind"]: o for o in cdk8s.Testing.synth(chart)}
    kube.kubectl("create", "namespace", NAMESPACE)
    try:
        yield objects
    finally:
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait")


def applied(item: Object) -> subprocess.CompletedProcess[str]:
    command = ["kubectl", "apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"]
    return subprocess.run(command, input=json.dumps(item), capture_output=True, text=True)


@pytest.mark.parametrize("kind", ["Cluster", "Database", "ScheduledBackup", "ObjectStore", "Pooler"])
def test_all_that_can_be_rendered_is_taken_without_a_warning(rendered: dict[str, Object], kind: str) -> None:
    done = applied(rendered[kind])

    assert (done.returncode, done.stderr) == (0, "")


def _set(*path: str, to: Any) -> Callable[[Object], None]:
    def change(item: Object) -> None:
        for step in path[:-1]:
            item = item.setdefault(step, {})
        item[path[-1]] = to

    return change


TWINS = {
    "an image and a catalogue": (
        "Cluster",
        _set(
            "spec",
            "imageCatalogRef",
            to={"apiGroup": "postgresql.cnpg.io", "kind": "ImageCatalog", "name": "x", "major": 18},
        ),
        "mutually exclusive",
    ),
    "no instances": ("Cluster", _set("spec", "instances", to=0), "spec.instances"),
    "no synchronous standby": (
        "Cluster",
        _set("spec", "postgresql", "synchronous", "number", to=0),
        "greater than zero",
    ),
    "another durability": (
        "Cluster",
        _set("spec", "postgresql", "synchronous", "dataDurability", to="some"),
        "dataDurability",
    ),
    "the superuser's database": ("Database", _set("spec", "name", to="postgres"), "the name postgres is reserved"),
    "a template's name": ("Database", _set("spec", "name", to="template1"), "the name template1 is reserved"),
    "no owner": ("Database", lambda item: item["spec"].pop("owner"), "spec.owner"),
    "another reclaim policy": ("Database", _set("spec", "databaseReclaimPolicy", to="keep"), "databaseReclaimPolicy"),
    "no schedule": ("ScheduledBackup", lambda item: item["spec"].pop("schedule"), "spec.schedule"),
    "another method": ("ScheduledBackup", _set("spec", "method", to="rsync"), "spec.method"),
    "a retention without a unit": ("ObjectStore", _set("spec", "retentionPolicy", to="30"), "spec.retentionPolicy"),
    "a server's name in the store": (
        "ObjectStore",
        _set("spec", "configuration", "serverName", to="x"),
        "use the 'serverName' plugin parameter",
    ),
    "another compression": (
        "ObjectStore",
        _set("spec", "configuration", "data", "compression", to="zstd"),
        "compression",
    ),
    "pooling by statement": ("Pooler", _set("spec", "pgbouncer", "poolMode", to="statement"), "poolMode"),
    "a field of our invention": ("Cluster", _set("spec", "standbys", to=2), "standbys"),
}


@pytest.mark.parametrize("name", TWINS)
def test_a_bad_twin_is_refused(rendered: dict[str, Object], name: str) -> None:
    kind, change, message = TWINS[name]
    twin = copy.deepcopy(rendered[kind])
    change(twin)

    done = applied(twin)

    assert done.returncode != 0 and message in done.stderr, done.stderr or done.stdout


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("Database", _set("spec", "name", to="four")),
        ("Database", _set("spec", "cluster", "name", to="other")),
        ("Pooler", _set("spec", "cluster", "name", to="other")),
    ],
    ids=["a database is renamed", "a database moves", "a pooler moves"],
)
def test_what_upgrade_calls_refused_is(
    rendered: dict[str, Object], kind: str, change: Callable[[Object], None]
) -> None:
    from loom_constructs.review.upgrade.judge import judge
    from loom_constructs.review.upgrade.verdict import Verdict

    kube.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(rendered[kind]))
    after = copy.deepcopy(rendered[kind])
    change(after)

    assert judge([rendered[kind]], [after])[0].verdict == Verdict.RECREATION
    done = applied(after)
    assert done.returncode != 0 and "immutable" in done.stderr
