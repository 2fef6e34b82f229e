"""A real API server accepts and refuses what `loom-constructs upgrade` says it does."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from loom_constructs.review.upgrade.judge import judge
from loom_constructs.review.upgrade.verdict import Verdict
from tests import kube
from tests.review.upgrade.cases import CASES, WRITTEN, Case
from tests.review.upgrade.objects import changed, made

NAMESPACE = "upgrade-proof"
OWN = [c for c in CASES if not c.before["metadata"].get("namespace")]
"""What lies in no namespace, and is deleted one by one."""
CLASS = made("StorageClass", metadata__name=NAMESPACE, allowVolumeExpansion=True)
BOUND = changed(made("PersistentVolumeClaim"), {"metadata__name": "bound"})
VOLUME = {
    "apiVersion": "v1",
    "kind": "PersistentVolume",
    "metadata": {"name": NAMESPACE},
    "spec": {
        "capacity": {"storage": "10Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": NAMESPACE,
        "claimRef": {"namespace": NAMESPACE, "name": "bound"},
        "hostPath": {"path": "/nowhere"},
    },
}


def apply(item: dict[str, Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Applies an object server-side."""
    command = ["kubectl", "apply", "--server-side", *arguments, "-f", "-"]
    return subprocess.run(command, input=json.dumps(item), capture_output=True, text=True)


@pytest.fixture(scope="module")
def running() -> Iterator[None]:
    """What every case starts with, all in one namespace."""
    kube.needed()
    if kube.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found").strip():
        pytest.fail(f"namespace {NAMESPACE} exists already: this proof makes and deletes it, so it stops here")
    everything = [CLASS, VOLUME, BOUND, *(c.before for c in CASES)]
    kube.kubectl("create", "namespace", NAMESPACE)
    try:
        kube.kubectl(
            "apply",
            "--server-side",
            "-f",
            "-",
            stdin=json.dumps({"kind": "List", "apiVersion": "v1", "items": everything}),
        )
        kube.established("shops.upgrade-proof.example.org")
        yield
    finally:
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait")
        for kind, name in [
            ("PersistentVolume", NAMESPACE),
            ("StorageClass", NAMESPACE),
            *{(c.kind, c.before["metadata"]["name"]) for c in OWN},
        ]:
            kube.kubectl("delete", kind, name, "--ignore-not-found")


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_it_decides_as_we_say(running: None, case: Case) -> None:
    [change] = judge([case.before], [case.after])
    assert change.verdict == case.verdict

    done = apply(case.after, "--dry-run=server")

    assert bool(done.returncode) == case.is_refused, done.stderr or done.stdout
    if case.is_refused:
        assert any(word in done.stderr for word in (" is invalid: ", " is forbidden: ", "cannot change roleRef")), (
            done.stderr
        )


@pytest.mark.parametrize("case", [c for c in CASES if c.is_refused and c.valid], ids=lambda c: c.name)
def test_it_refuses_only_the_change(running: None, case: Case) -> None:
    """Under a new name the very same object is accepted."""
    done = apply(changed(case.after, {"metadata__name": "made-anew"}), "--dry-run=server")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("number", range(len(WRITTEN)), ids=lambda n: f"{WRITTEN[n][0]}-{n}")
def test_what_it_adds_by_itself_is_no_difference(running: None, number: int) -> None:
    kind, all_written = WRITTEN[number]
    written = {k: v for k, v in all_written.items() if not k.startswith("metadata__")}  # these are another manager's
    before = changed(made(kind), {"metadata__name": f"written-{number}"})
    assert apply(before).returncode == 0
    live = json.loads(kube.kubectl("get", kind, before["metadata"]["name"], "-n", NAMESPACE, "-o", "json"))
    after = changed(before, written)

    done = apply(after, "--dry-run=server", "--output=json")

    assert done.returncode == 0, done.stderr
    there = json.loads(done.stdout)
    for field in ("spec", "data"):
        assert there.get(field) == live.get(field)


@pytest.mark.parametrize("case", [c for c in CASES if c.title.endswith("that was not written")], ids=lambda c: c.name)
def test_the_command_that_is_said_to_help_does(running: None, case: Case) -> None:
    before, after = (changed(item, {"metadata__name": f"{case.name}-2"}) for item in (case.before, case.after))
    assert apply(before).returncode == 0
    [change] = judge([before], [after])
    command = shlex.split(change.todo.partition("First: ")[2].removesuffix("."))

    subprocess.run([*command, "-n", NAMESPACE], check=True, capture_output=True)

    done = apply(after, "--dry-run=server")
    assert done.returncode == 0, done.stderr


def test_a_headless_service_stays_so_without_a_word(running: None) -> None:
    before = changed(made("Headless"), {"metadata__name": "headless"})
    after = changed(made("Service"), {"metadata__name": "headless"})
    assert apply(before).returncode == 0

    done = apply(after, "--dry-run=server", "--output=json")

    assert (done.returncode, json.loads(done.stdout)["spec"]["clusterIP"]) == (0, "None")
    [change] = [c for c in judge([before], [after]) if "clusterIP" in c.what]
    assert change.verdict == Verdict.RECREATION and "stays headless" in change.todo


@pytest.mark.parametrize("expands", [True, False])
def test_a_bound_claim_grows_where_its_class_lets_it(running: None, expands: bool) -> None:
    storage = {**CLASS, "allowVolumeExpansion": expands}
    assert apply(storage).returncode == 0
    kube.kubectl("wait", "--for=jsonpath={.status.phase}=Bound", "pvc/bound", "-n", NAMESPACE, "--timeout=60s")
    larger = changed(BOUND, {"spec__resources__requests__storage": "20Gi"})

    done = apply(larger, "--dry-run=server")

    [change] = judge([BOUND, storage], [larger, storage])
    assert change.verdict == (Verdict.SAFE if expands else Verdict.RECREATION)
    assert bool(done.returncode) == (change.verdict == Verdict.RECREATION), done.stderr
