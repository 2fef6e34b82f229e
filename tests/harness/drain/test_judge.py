"""What watches and judges a drain finds what is wrong."""

from __future__ import annotations

from typing import Any

from .judge import missing, needed
from .watch import Watch

Object = dict[str, Any]


def pod(uid: str, ready: str = "True", kind: str = "ReplicaSet", node: str = "a-1", **more: str) -> Object:
    owner = {"kind": kind, "name": "web-1f" if kind == "ReplicaSet" else "web"}
    metadata = {"uid": uid, "name": uid, "ownerReferences": [owner], **more}
    return {
        "metadata": metadata,
        "spec": {"nodeName": node},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def piece(uid: str, *endpoints: tuple[str, bool]) -> Object:
    metadata = {"uid": uid, "labels": {"kubernetes.io/service-name": "web"}}
    listed = [{"addresses": [a], "nodeName": "a-1", "conditions": {"ready": r, "serving": r}} for a, r in endpoints]
    return {"metadata": metadata, "endpoints": listed}


def event(item: Object, type: str = "MODIFIED") -> Object:
    return {"type": type, "object": item}


def test_the_fewest_are_those_of_the_worst_moment() -> None:
    watch = Watch()
    for each in (pod("1"), pod("2", node="b-1")):
        watch.pod_changed(event(each, "ADDED"))
    watch.begin()
    watch.pod_changed(event(pod("1", deletionTimestamp="now")))
    watch.pod_changed(event(pod("3")))

    assert watch.fewest == {"Deployment/web": 1}
    assert watch.ready() == {"Deployment/web": 2}
    assert watch.ready(without=frozenset(["b-1"])) == {"Deployment/web": 1}


def test_a_service_without_a_slice_has_nothing_ready() -> None:
    watch = Watch()
    watch.slice_changed(event(piece("1", ("10.0.0.1", True), ("10.0.0.2", False)), "ADDED"))
    watch.slice_changed(event(piece("2", ("10.0.0.1", True), ("10.0.0.3", True)), "ADDED"))
    watch.begin()
    assert watch.fewest == {"Service/web": 2}

    watch.slice_changed(event(piece("1"), "DELETED"))
    watch.slice_changed(event(piece("2"), "DELETED"))

    assert watch.fewest == {"Service/web": 0}


def workload(name: str, kind: str = "Deployment", **spec: Any) -> Object:
    template = {"metadata": {"labels": {"name": name}}}
    return {"kind": kind, "metadata": {"name": name}, "spec": {"template": template, **spec}}


def service(name: str) -> Object:
    return {"kind": "Service", "metadata": {"name": name}, "spec": {"selector": {"name": name}}}


def test_one_must_be_ready_and_two_of_three_where_a_majority_decides() -> None:
    objects = [
        *(workload("web", replicas=2), workload("nats", "StatefulSet", replicas=3), workload("temporal-ui")),
        *(service("web"), service("nats"), service("temporal-ui")),
    ]

    assert needed(objects) == {"Deployment/web": 1, "StatefulSet/nats": 2, "Service/web": 1, "Service/nats": 2}
    assert missing(objects, {"Deployment/web": 1, "StatefulSet/nats": 1, "Service/nats": 2}) == [
        "Service/web: 0 ready instead of 1",
        "StatefulSet/nats: 1 ready instead of 2",
    ]
