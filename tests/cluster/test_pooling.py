"""Two poolers under 100 clients of Go's lib/pq: replaced one after the other, and reloaded, without an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import kube
from tests.cluster.pooling_chart import NAMESPACE, Judged, apply, image, pods, rendered


@pytest.fixture(scope="module")
def poolers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    kube.needed()
    folder: Path = tmp_path_factory.mktemp("pooling")
    image(folder)
    if kube.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found").strip():
        pytest.fail(f"namespace {NAMESPACE} exists already: this proof makes and deletes it, so it stops here")
    try:
        apply(rendered(folder / "dist"))
        kube.until("the poolers", lambda: not kube.lacking(NAMESPACE), seconds=180)
        yield
    finally:
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait", fail=False)


@pytest.mark.long
def test_replacing_the_poolers_twice_costs_no_error(poolers: None) -> None:
    before = pods("pgbouncer")
    with Judged() as judged:
        for _ in range(2):
            kube.kubectl("rollout", "restart", "-n", NAMESPACE, "deployment/pgbouncer")
            kube.kubectl("rollout", "status", "-n", NAMESPACE, "deployment/pgbouncer", "--timeout=180s")
        kube.until("the old poolers' end", lambda: len(_with_those_that_end()) == 2, seconds=90)

    print(f"\nreplaced twice: {judged.report}")
    assert not before & pods("pgbouncer")
    assert judged.report["questions"] > 1000
    assert (judged.report["errors"], judged.report["wrong"]) == (0, 0), judged.report["messages"]


@pytest.mark.long
def test_a_changed_pool_is_taken_over_without_a_new_pod_or_an_error(poolers: None) -> None:
    before = pods("pgbouncer")
    with Judged() as judged:
        [config] = [c for c in kube.get("configmaps", NAMESPACE) if c["metadata"]["name"] == "pgbouncer-config"]
        ini = config["data"]["pgbouncer.ini"]
        # who may ask for settings is added by the same change
        changed = ini.replace("default_pool_size = 20", "default_pool_size = 11\nstats_users = loom")
        assert changed != ini
        patch = json.dumps({"data": {"pgbouncer.ini": changed}})
        kube.kubectl("patch", "configmap", "pgbouncer-config", "-n", NAMESPACE, "--patch", patch)
        for pod in before:  # so that the kubelet looks at once, and not within a minute
            kube.kubectl("annotate", "pod", "-n", NAMESPACE, pod, "proof=look")
        for pod in before:
            kube.until(f"the new size in {pod}", lambda p=pod: _pool_size(p) == "11", seconds=120)

    print(f"\nreloaded: {judged.report}")
    assert pods("pgbouncer") == before
    assert (judged.report["errors"], judged.report["wrong"]) == (0, 0), judged.report["messages"]


def _with_those_that_end() -> list[dict[str, Any]]:
    return kube.get("pods", NAMESPACE, "-l", "app.kubernetes.io/instance=pgbouncer")


def _pool_size(pod: str) -> str:
    password = kube.secret(NAMESPACE, "login", "password")
    ask = 'PGPASSWORD="$0" psql -XAt -h 127.0.0.1 -U loom -d pgbouncer -c "SHOW CONFIG"'
    rows = kube.kubectl("exec", "-n", NAMESPACE, pod, "-c", "pgbouncer", "--", "sh", "-c", ask, password).splitlines()
    return next(row.split("|")[1] for row in rows if row.startswith("default_pool_size|"))
