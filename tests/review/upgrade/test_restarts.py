"""Pods that are made anew: why, and how many at a time."""

import pytest

from loom_constructs.review.upgrade.judge import judge
from loom_constructs.review.upgrade.verdict import Verdict

from .objects import GONE, changed, made

POD = "spec__template__spec__"
FIRST = f"{POD}containers__0__"
IMAGE = {f"{FIRST}image": "registry.example.org/shop:2"}


def only(old, new):
    [change] = judge(old, new)
    return change


def rolling(**numbers):
    return {"type": "RollingUpdate", "rollingUpdate": numbers}


@pytest.mark.parametrize(
    ("kind", "spec", "words"),
    [
        ("Deployment", {"replicas": 0}, "It has no pods now."),
        ("Deployment", {"replicas": 1}, "1 at a time, each new pod before an old one ends."),
        ("Deployment", {"replicas": 8, "strategy": rolling(maxUnavailable=0)}, "2 at a time, each new pod before"),
        ("Deployment", {"replicas": 8}, "Up to 2 of 8 away at a time."),
        (
            "Deployment",
            {"replicas": 2, "strategy": rolling(maxSurge=0, maxUnavailable="100%")},
            "All 2 may be away at once.",
        ),
        ("Deployment", {"replicas": 1, "strategy": rolling(maxSurge=0, maxUnavailable=1)}, "Its only pod may be away"),
        ("Deployment", {"replicas": 3, "strategy": {"type": "Recreate"}}, "All 3 at once: an outage."),
        (
            "Deployment",
            {"replicas": 1, "strategy": {"type": "Recreate"}},
            "Its pod ends before the next one starts: an outage.",
        ),
        ("StatefulSet", {"replicas": 3}, "One at a time, the highest first."),
        ("StatefulSet", {"replicas": 1}, "Its only pod is away until the next one is up."),
        ("StatefulSet", {"replicas": 3, "updateStrategy": rolling(partition=2)}, "the highest first down to number 2."),
        ("StatefulSet", {"replicas": 3, "updateStrategy": rolling(partition=3)}, "none of its 3 pods is replaced yet."),
        (
            "StatefulSet",
            {"replicas": 3, "updateStrategy": {"type": "OnDelete"}},
            "OnDelete: nothing happens until you delete",
        ),
        ("DaemonSet", {}, "1 at a time, on the node where it was."),
        ("DaemonSet", {"updateStrategy": rolling(maxUnavailable="30%")}, "30% at a time"),
        ("DaemonSet", {"updateStrategy": {"type": "OnDelete"}}, "OnDelete: nothing happens until you delete"),
    ],
)
def test_how_many_at_a_time(kind, spec, words):
    old = made(kind, **{f"spec__{k}": v for k, v in spec.items()})
    change = only([old], [changed(old, IMAGE)])

    assert change.verdict == Verdict.RESTARTS
    assert words in change.todo


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (IMAGE, "image of shop: registry.example.org/shop:1 → registry.example.org/shop:2"),
        ({f"{FIRST}env__0__value": "blue"}, "env COLOUR of shop: red → blue"),
        ({f"{FIRST}env__1": {"name": "SIZE", "value": "L"}}, "env SIZE of shop: nothing → L"),
        ({f"{FIRST}env__0": {"name": "SIZE", "value": "L"}}, "env COLOUR, SIZE of shop"),
        ({f"{FIRST}resources": {"limits": {"memory": "1Gi"}}}, "resources of shop: nothing → {limits:{memory:1Gi}}"),
        ({f"{FIRST}args": ["--fast"]}, "args of shop"),
        ({f"{POD}containers__1": {"name": "helper", "image": "helper:1"}}, "container helper is new"),
        ({f"{POD}initContainers": [{"name": "wait", "image": "wait:1"}]}, "initContainers: nothing → "),
        ({f"{POD}terminationGracePeriodSeconds": 60}, "terminationGracePeriodSeconds: nothing → 60"),
        ({"spec__template__metadata__annotations": {"checksum/config": "1"}}, "annotation checksum/config"),
        ({"spec__template__metadata__labels__version": "2"}, "label version: nothing → 2"),
    ],
)
def test_which_fields(change, words):
    old = made("Deployment")

    assert only([old], [changed(old, change)]).what.startswith(words)


def test_many_fields_are_counted():
    old = made("Deployment")
    new = changed(
        old,
        {
            **IMAGE,
            **{f"{FIRST}{f}": [] for f in ("args", "command", "ports", "volumeMounts", "envFrom", "volumeDevices")},
        },
    )

    assert only([old], [new]).what.endswith(" and 2 more")


@pytest.mark.parametrize("name", ["DB_PASSWORD", "API_TOKEN", "AWS_SECRET_KEY"])
def test_values_of_secret_variables_are_not_shown(name):
    old = made("Deployment", **{f"{FIRST}env": [{"name": name, "value": "hunter1"}]})
    for new in (
        changed(old, {f"{FIRST}env__0__value": "hunter2"}),
        changed(old, {f"{FIRST}env": GONE}),
        made("Deployment"),
    ):
        for change in judge([old], [new]) + judge([new], [old]):
            assert "hunter" not in change.what + change.todo


VOLUME = {f"{POD}volumes": [{"name": "config", "configMap": {"name": "shop"}}]}
MOUNT = {f"{FIRST}volumeMounts": [{"name": "config", "mountPath": "/etc/shop"}]}
ONE_FILE = {f"{FIRST}volumeMounts": [{"name": "config", "mountPath": "/etc/shop/a", "subPath": "a"}]}
KEY = {f"{FIRST}env__0": {"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "shop", "key": "colour"}}}}
ALL = {f"{FIRST}envFrom": [{"configMapRef": {"name": "shop"}}]}
PROJECTED = {f"{POD}volumes": [{"name": "all", "projected": {"sources": [{"configMap": {"name": "shop"}}]}}]}


class TestConfiguration:
    """ConfigMaps and Secrets that pods read."""

    @pytest.mark.parametrize("how", [KEY, ALL, {**VOLUME, **ONE_FILE}])
    def test_what_is_read_at_start_only(self, how):
        pods = made("Deployment", **how)
        change = only([pods, made("ConfigMap")], [pods, made("ConfigMap", data__colour="blue")])

        assert (change.verdict, change.what) == (Verdict.RESTARTS, "colour: red → blue")
        assert change.todo == "Takes effect at the next restart of Deployment/shop: kubectl rollout restart."

    @pytest.mark.parametrize("how", [{**VOLUME, **MOUNT}, PROJECTED])
    def test_files_follow(self, how):
        pods = made("Deployment", **how)
        change = only([pods, made("ConfigMap")], [pods, made("ConfigMap", data__colour="blue")])

        assert change.verdict == Verdict.RESTARTS
        assert (
            change.todo.startswith("Files in pods follow")
            and "at start takes effect at the next restart of Deployment/shop" in change.todo
        )

    def test_a_checksum_restarts_its_readers(self):
        pods = made("Deployment", **ALL, spec__template__metadata__annotations={"checksum/config": "1"})
        new = changed(pods, {"spec__template__metadata__annotations": {"checksum/config": "2"}})
        restart, change = judge([pods, made("ConfigMap")], [new, made("ConfigMap", data__colour="blue")])

        assert restart.verdict == Verdict.RESTARTS and restart.key.kind == "Deployment"
        assert (change.verdict, change.todo) == (Verdict.SAFE, "Read by Deployment/shop, made anew anyway.")

    def test_another_key_concerns_nobody(self):
        pods = made("Deployment", **KEY)
        change = only([pods, made("ConfigMap")], [pods, made("ConfigMap", data__size="L")])

        assert (change.verdict, change.todo) == (Verdict.SAFE, "No pod of NEW reads it.")

    def test_one_of_another_namespace_concerns_nobody(self):
        pods = made("Deployment", **ALL, metadata__namespace="other")

        assert only([pods, made("ConfigMap")], [pods, made("ConfigMap", data__colour="blue")]).verdict == Verdict.SAFE

    def test_a_job_reads_it_when_it_runs(self):
        job = made(
            "CronJob", spec__jobTemplate__spec__template__spec__containers__0__envFrom=[{"secretRef": {"name": "shop"}}]
        )
        change = only([job, made("Secret")], [job, made("Secret", stringData__colour="blue")])

        assert (change.verdict, change.what, change.todo) == (Verdict.SAFE, "colour changes", "From the next run on.")

    def test_the_line_that_differs_is_shown(self):
        old, new = (
            made("ConfigMap", data={"a": f"first: 1\nsecond: {n}\n{rest}"}) for n, rest in ((1, ""), (2, "third: 3\n"))
        )

        assert only([old], [new]).what == "a: second: 1 → second: 2 and 1 more line"

    def test_a_line_with_a_password_is_not(self):
        old, new = (made("ConfigMap", data={"a": f"first: 1\npassword: {word}\n"}) for word in ("hunter1", "hunter2"))

        assert only([old], [new]).what == "a: 1 line"
