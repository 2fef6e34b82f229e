"""Good and bad manifests: each bad one is its good twin with one edit, and breaks one rule.

What the verdict should be stands here; what it is, the engines say (tests/servers, tests/api).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
Edit = tuple[Any, ...]
"""What is changed: a path (keys, or indexes), then `=` and the value; or `-`: it is removed."""

NAMESPACE = "loom-admission"
# of no image: nothing is pulled
DIGEST = "sha256:" + "0" * 64
IMAGE = f"registry.example.org/team/program@{DIGEST}"
UNRESOLVED = "registry.example.org/team/unread:1.4.2"
"""An image that the rule about digests lets through by name."""
SHORT = f"team/program@{DIGEST[:-1]}"
UNTAGGED = ("team/program", "team/program:latest", "registry.local:5000/program", SHORT)
"""What the rule about tags refuses, and only that one: digests are not demanded of these, by name."""
ROLES = {"app": "shop", "version": "1.4.2", "environment": "test"}


def container(name: str = "program", **changes: Any) -> Object:
    """A container that keeps all rules."""
    return {
        "name": name,
        "image": IMAGE,
        "resources": {
            "requests": {"cpu": "100m", "memory": "64Mi"},
            "limits": {"cpu": "1", "memory": "64Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        **changes,
    }


def pod(restart: str = "Always", **changes: Any) -> Object:
    """A pod's specification that keeps all rules."""
    probe = {"readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}}} if restart == "Always" else {}
    return {
        "serviceAccountName": "shop",
        "automountServiceAccountToken": False,
        "restartPolicy": restart,
        # it is never run, even where it is made
        "schedulerName": "nobody",
        "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
        "initContainers": [container("prepare")],
        "containers": [container(**probe)],
        **changes,
    }


def _object(api: str, kind: str, spec: Object) -> Object:
    meta = {"name": "shop", "namespace": NAMESPACE, "labels": dict(ROLES)}
    return {"apiVersion": api, "kind": kind, "metadata": meta, "spec": spec}


def _template(restart: str = "Always") -> Object:
    return {"metadata": {"labels": dict(ROLES)}, "spec": pod(restart)}


def _selected(**more: Any) -> Object:
    return {"selector": {"matchLabels": {"app": "shop"}}, "template": _template(), **more}


GOOD: Mapping[str, Object] = {
    "Pod": _object("v1", "Pod", pod()),
    "Deployment": _object("apps/v1", "Deployment", _selected()),
    "StatefulSet": _object("apps/v1", "StatefulSet", _selected(serviceName="shop")),
    "DaemonSet": _object("apps/v1", "DaemonSet", _selected()),
    "Job": _object("batch/v1", "Job", {"template": _template("Never")}),
    "CronJob": _object(
        "batch/v1",
        "CronJob",
        {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": _template("OnFailure")}}},
    ),
    "Service": _object("v1", "Service", {"selector": {"app": "shop"}, "ports": [{"port": 80, "targetPort": 8080}]}),
}
_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "Pod": (),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Service": (),
}
MAIN, INIT = ("spec", "containers", 0), ("spec", "initContainers", 0)
OWN, LABELS = ("metadata", "labels"), ("metadata", "labels")


@dataclass(frozen=True)
class Pair:
    """A good manifest, and the bad one that is one edit away.

    Args:
        rule: The one that refuses the bad one.
        kind: What is made.
        fault: The edit, below the pod (of a Service: the Service).
        given: Edits that both have.
        whole: Whether the edits are below the object, not its pod.
        ephemeral: Whether the pod is one that somebody debugs: the API server takes such containers only later.
    """

    name: str
    rule: str
    kind: str
    fault: Edit
    given: tuple[Edit, ...] = ()
    whole: bool = False
    ephemeral: bool = False

    @property
    def good(self) -> Object:
        """The good twin."""
        made = copy.deepcopy(GOOD[self.kind])
        made["metadata"]["name"] = f"{self.name}-good"
        for edit in self.given:
            _apply(made if self.whole else self._template(made), edit)
        return made

    @property
    def bad(self) -> Object:
        """The bad twin."""
        made = self.good
        made["metadata"]["name"] = f"{self.name}-bad"
        _apply(made if self.whole else self._template(made), self.fault)
        return made

    def _template(self, made: Object) -> Object:
        for key in _TEMPLATES.get(self.kind, ("spec", "template")):
            made = made[key]
        return made


def _apply(target: Any, edit: Edit) -> None:
    *path, last = edit[: edit.index("=") if "=" in edit else edit.index("-")]
    for key in path:
        target = target[key] if isinstance(key, int) else target.setdefault(key, {})
    if "=" in edit:
        value = copy.deepcopy(edit[-1])
        if isinstance(target, list) and last == len(target):
            target.append(value)
        else:
            target[last] = value
    else:
        del target[last]


def _pairs() -> Iterator[Pair]:
    yield from _labels()
    yield from _containers()
    yield from _pods()
    yield from _exempt()
    yield from _services()


def _labels() -> Iterator[Pair]:
    for label in ROLES:
        yield Pair(f"labels-object-{label}", "labels", "StatefulSet", (*OWN, label, "-"), whole=True)
    # a selector needs `app`
    for label in ("version", "environment"):
        yield Pair(f"labels-pods-{label}", "labels", "Deployment", (*LABELS, label, "-"))
    yield Pair("labels-job-pods-app", "labels", "Job", (*LABELS, "app", "-"))
    yield Pair("labels-cron-job-pods-app", "labels", "CronJob", (*LABELS, "app", "-"))
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "shop", "uid": "0b1e2f3a-0000-4000-8000-000000000001"}
    # without any label an API server gives a Job those of its pods
    owned = (("metadata", "ownerReferences", "=", [owner]), ("metadata", "labels", "=", {"app": "shop"}))
    yield Pair("labels-job-of-cron-job", "labels", "Job", ("metadata", "ownerReferences", "-"), owned, whole=True)
    yield Pair("labels-pod-app", "labels", "Pod", (*LABELS, "app", "-"))
    yield Pair("labels-pod-none", "labels", "Pod", ("metadata", "labels", "-"))
    yield Pair("labels-empty", "labels", "DaemonSet", (*LABELS, "version", "=", ""))


def _containers() -> Iterator[Pair]:
    context, pods = "securityContext", ("spec", "securityContext")
    yield Pair("root-unsaid", "non-root", "Deployment", (*pods, "runAsNonRoot", "-"))
    yield Pair("root-allowed", "non-root", "Job", (*pods, "runAsNonRoot", "=", False))
    yield Pair("root-container", "non-root", "StatefulSet", (*MAIN, context, "runAsNonRoot", "=", False))
    yield Pair("root-init", "non-root", "CronJob", (*INIT, context, "runAsNonRoot", "=", False))
    yield Pair("root-user-0", "non-root", "DaemonSet", (*pods, "runAsUser", "=", 0))
    yield Pair("root-user-0-init", "non-root", "Pod", (*INIT, context, "runAsUser", "=", 0))
    # an image brings its user: that it is not root, the kubelet sees to
    user = (*pods, "runAsUser", "-")
    yield Pair("root-user-unsaid", "non-root", "Deployment", (*pods, "runAsNonRoot", "-"), given=(user,))
    own = (*MAIN, context, "runAsNonRoot", "=", True)
    own_init = (*INIT, context, "runAsNonRoot", "=", True)
    # what each container says for itself, the pod needs not say
    yield Pair(
        "root-said-by-containers",
        "non-root",
        "Deployment",
        (*INIT, context, "runAsNonRoot", "-"),
        given=(own, own_init, (*pods, "runAsNonRoot", "-")),
    )
    yield Pair("writable-unsaid", "read-only-root", "Deployment", (*MAIN, context, "readOnlyRootFilesystem", "-"))
    yield Pair("writable-said", "read-only-root", "StatefulSet", (*MAIN, context, "readOnlyRootFilesystem", "=", False))
    yield Pair("writable-init", "read-only-root", "CronJob", (*INIT, context, "readOnlyRootFilesystem", "-"))
    yield Pair("writable-pod", "read-only-root", "Pod", (*MAIN, context, "readOnlyRootFilesystem", "-"))
    # an API server gives a Pod (not a template) the requests that its limits say
    yield Pair("limits-none", "limits", "Deployment", (*MAIN, "resources", "-"))
    yield Pair("limits-only-requests", "limits", "Pod", (*MAIN, "resources", "limits", "-"))
    yield Pair("limits-only-limits", "limits", "StatefulSet", (*MAIN, "resources", "requests", "-"))
    yield Pair("limits-no-memory", "limits", "Job", (*MAIN, "resources", "limits", "memory", "-"))
    yield Pair("limits-no-cpu", "limits", "DaemonSet", (*MAIN, "resources", "limits", "cpu", "-"))
    yield Pair("limits-no-memory-request", "limits", "Deployment", (*MAIN, "resources", "requests", "memory", "-"))
    yield Pair("limits-no-cpu-request", "limits", "CronJob", (*MAIN, "resources", "requests", "cpu", "-"))
    yield Pair("limits-init", "limits", "Deployment", (*INIT, "resources", "-"))
    yield Pair("limits-second", "limits", "Job", ("spec", "containers", 1, "resources", "-"), given=(_second(),))
    yield Pair("tag-none", "image-tags", "Deployment", (*MAIN, "image", "=", "team/program"))
    yield Pair("tag-latest", "image-tags", "Pod", (*MAIN, "image", "=", "team/program:latest"))
    yield Pair("tag-port", "image-tags", "Job", (*MAIN, "image", "=", "registry.local:5000/program"))
    yield Pair("tag-short-digest", "image-tags", "CronJob", (*MAIN, "image", "=", SHORT))
    yield Pair("tag-init", "image-tags", "StatefulSet", (*INIT, "image", "=", "team/program"))
    yield Pair("digest-tag", "image-digests", "Deployment", (*MAIN, "image", "=", "team/program:1.4.2"))
    yield Pair("digest-pod", "image-digests", "Pod", (*MAIN, "image", "=", "registry.local:5000/program:1.4.2"))
    yield Pair("digest-init", "image-digests", "CronJob", (*INIT, "image", "=", "team/program:1.4.2"))
    yield Pair(
        "digest-unresolved",
        "image-digests",
        "StatefulSet",
        (*MAIN, "image", "=", UNRESOLVED + "-1"),
        given=((*MAIN, "image", "=", UNRESOLVED),),
    )
    yield Pair("capabilities-unsaid", "capabilities", "Deployment", (*MAIN, context, "capabilities", "-"))
    yield Pair(
        "capabilities-some", "capabilities", "Job", (*MAIN, context, "capabilities", "drop", "=", ["NET_RAW", "CHOWN"])
    )
    yield Pair("capabilities-init", "capabilities", "Pod", (*INIT, context, "capabilities", "-"))
    yield Pair(
        "capabilities-added",
        "capabilities",
        "DaemonSet",
        (*MAIN, context, "capabilities", "add", 0, "=", "NET_ADMIN"),
        given=((*MAIN, context, "capabilities", "add", "=", ["NET_BIND_SERVICE"]),),
    )
    yield Pair("privileges-unsaid", "privileges", "StatefulSet", (*MAIN, context, "allowPrivilegeEscalation", "-"))
    yield Pair("privileges-allowed", "privileges", "Job", (*MAIN, context, "allowPrivilegeEscalation", "=", True))
    yield Pair("privileges-init", "privileges", "Deployment", (*INIT, context, "allowPrivilegeEscalation", "-"))
    # the API takes no privileged container that must not gain privileges
    yield Pair(
        "privileges-privileged",
        "privileges",
        "Pod",
        (*MAIN, context, "=", {**_hardened(), "privileged": True}),
        given=((*MAIN, context, "=", {**_hardened(), "allowPrivilegeEscalation": False}),),
    )
    yield Pair("seccomp-unsaid", "seccomp", "Deployment", (*pods, "seccompProfile", "-"))
    yield Pair("seccomp-off", "seccomp", "CronJob", (*pods, "seccompProfile", "type", "=", "Unconfined"))
    yield Pair("seccomp-container", "seccomp", "Pod", (*MAIN, context, "seccompProfile", "=", {"type": "Unconfined"}))
    yield Pair(
        "seccomp-init",
        "seccomp",
        "Job",
        (*INIT, context, "seccompProfile", "type", "=", "Unconfined"),
        given=((*INIT, context, "seccompProfile", "=", {"type": "RuntimeDefault"}),),
    )
    sidecar = container("sidecar", restartPolicy="Always")
    added = ("spec", "initContainers", 1, "=", sidecar)
    at = ("spec", "initContainers", 1)
    yield Pair(
        "sidecar-writable", "read-only-root", "Deployment", (*at, context, "readOnlyRootFilesystem", "-"), (added,)
    )
    yield Pair("sidecar-limits", "limits", "Job", (*at, "resources", "-"), (added,))
    yield Pair("sidecar-root", "non-root", "Pod", (*at, context, "runAsUser", "=", 0), (added,))
    debugger = container("debugger")
    # the API takes none with resources
    del debugger["resources"]
    at = ("spec", "ephemeralContainers", 0)
    debugged = (("spec", "ephemeralContainers", "=", [debugger]),)
    yield Pair("debug-root", "non-root", "Pod", (*at, context, "runAsUser", "=", 0), debugged, ephemeral=True)
    yield Pair(
        "debug-capabilities", "capabilities", "Pod", (*at, context, "capabilities", "-"), debugged, ephemeral=True
    )
    yield Pair(
        "debug-image", "image-digests", "Pod", (*at, "image", "=", "team/debugger:1.4.2"), debugged, ephemeral=True
    )


def _hardened() -> Object:
    return {"readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


def _second() -> Edit:
    return ("spec", "containers", 1, "=", container("second"))


def _pods() -> Iterator[Pair]:
    for flag in ("hostNetwork", "hostPID", "hostIPC"):
        yield Pair(f"host-{flag[4:].lower()}", "host", "Deployment", ("spec", flag, "=", True))
    yield Pair("host-network-pod", "host", "Pod", ("spec", "hostNetwork", "=", True))
    ports = (*MAIN, "ports", "=", [{"containerPort": 8080}])
    yield Pair("host-port", "host", "DaemonSet", (*MAIN, "ports", 0, "hostPort", "=", 8080), given=(ports,))
    sidecar = ("spec", "initContainers", 1)
    added = (*sidecar, "=", container("sidecar", restartPolicy="Always", ports=[{"containerPort": 9090}]))
    yield Pair("host-port-sidecar", "host", "Job", (*sidecar, "ports", 0, "hostPort", "=", 9090), given=(added,))
    volume = {"name": "files", "emptyDir": {}}
    given = (("spec", "volumes", "=", [volume]),)
    taken = {"name": "files", "hostPath": {"path": "/var/log"}}
    for kind in ("DaemonSet", "Pod", "CronJob"):
        yield Pair(f"host-path-{kind.lower()}", "host-path", kind, ("spec", "volumes", 0, "=", taken), given=given)
    for kind in ("Deployment", "CronJob"):
        yield Pair(f"account-none-{kind.lower()}", "account", kind, ("spec", "serviceAccountName", "-"))
    for kind in ("Pod", "Job"):
        yield Pair(f"account-default-{kind.lower()}", "account", kind, ("spec", "serviceAccountName", "=", "default"))
    yield Pair("token-unsaid", "token", "Deployment", ("spec", "automountServiceAccountToken", "-"))
    yield Pair("token-mounted", "token", "Job", ("spec", "automountServiceAccountToken", "=", True))
    yield Pair("token-pod", "token", "Pod", ("spec", "automountServiceAccountToken", "-"))
    for kind in ("Deployment", "StatefulSet", "DaemonSet", "Pod"):
        yield Pair(f"readiness-{kind.lower()}", "readiness", kind, (*MAIN, "readinessProbe", "-"))
    ready = container("second", readinessProbe={"tcpSocket": {"port": 9090}})
    yield Pair(
        "readiness-second",
        "readiness",
        "Deployment",
        ("spec", "containers", 1, "readinessProbe", "-"),
        given=(("spec", "containers", 1, "=", ready),),
    )


def _exempt() -> Iterator[Pair]:
    """What lets through, and what does not any more without it."""
    context = (*MAIN, "securityContext")
    excused = {
        "read-only-root": (*context, "readOnlyRootFilesystem", "=", False),
        "token": ("spec", "automountServiceAccountToken", "=", True),
        "readiness": (*MAIN, "readinessProbe", "-"),
    }
    for rule, fault in excused.items():
        label = (*LABELS, f"admission.loom/exempt-{rule}")
        yield Pair(f"label-{rule}", rule, "Deployment", (*label, "-"), given=((*label, "=", "ticket-12"), fault))
    # no label of that name exists
    root = "admission.loom/exempt-non-root"
    yield Pair(
        "label-root",
        "non-root",
        "Deployment",
        ("spec", "securityContext", "runAsNonRoot", "=", False),
        given=((*LABELS, root, "=", "yes"),),
    )
    operators = {
        "cnpg.io/cluster": {
            "labels": (*LABELS, "version", "-"),
            "limits": (*MAIN, "resources", "limits", "-"),
            "image-digests": (*MAIN, "image", "=", "team/postgresql:17.5"),
            "token": ("spec", "automountServiceAccountToken", "-"),
        },
        "acme.cert-manager.io/http01-solver": {
            "labels": (*LABELS, "version", "-"),
            "account": ("spec", "serviceAccountName", "=", "default"),
            "image-digests": (*MAIN, "image", "=", "team/acmesolver:1.21.1"),
        },
    }
    for label, faults in operators.items():
        who = label.split(".")[0]
        for rule, fault in faults.items():
            at = (*LABELS, label)
            yield Pair(f"{who}-{rule}", rule, "Pod", (*at, "-"), given=((*at, "=", "true"), fault))
    for label, faults in operators.items():
        given = ((*LABELS, label, "=", "true"), *faults.values())
        fault = ("spec", "securityContext", "runAsUser", "=", 0)
        yield Pair(f"{label.split('.')[0]}-whole", "non-root", "Pod", fault, given=given)
    probe = {"readinessProbe": {"httpGet": {"path": "/ready", "port": 4191}}}
    proxy = container("linkerd-proxy", image="team/proxy:2.20", **probe)
    proxy["securityContext"]["runAsUser"] = 2102
    del proxy["resources"]
    # of what is injected, only the name is known
    added = ("spec", "containers", 1, "=", proxy)
    at = ("spec", "containers", 1)
    resources = (*at, "resources", "=", container()["resources"])
    image = (*at, "image", "=", IMAGE)
    yield Pair("linkerd-limits", "limits", "Pod", (*at, "name", "=", "other-proxy"), given=(added, image))
    yield Pair("linkerd-digest", "image-digests", "Pod", (*at, "name", "=", "other-proxy"), given=(added, resources))
    # nobody injects anything into a template
    yield Pair("linkerd-template", "limits", "Deployment", (*at, "resources", "-"), given=(added, image, resources))
    network = container("linkerd-init")
    network["securityContext"]["capabilities"]["add"] = ["NET_ADMIN", "NET_RAW"]
    init = ("spec", "initContainers", 1, "=", network)
    yield Pair(
        "linkerd-init", "capabilities", "Pod", ("spec", "initContainers", 1, "name", "=", "my-init"), given=(init,)
    )
    yield Pair("linkerd-root", "non-root", "Pod", (*at, "securityContext", "runAsUser", "=", 0), given=(added,))


def _services() -> Iterator[Pair]:
    for kind in ("NodePort", "LoadBalancer"):
        yield Pair(f"service-{kind.lower()}", "services", "Service", ("spec", "type", "=", kind))
    yield Pair("service-addresses", "services", "Service", ("spec", "externalIPs", "=", ["192.0.2.7"]))
    for who, label in (("label", "admission.loom/exempt-services"), ("acme", "acme.cert-manager.io/http01-solver")):
        at = (*LABELS, label)
        yield Pair(
            f"service-{who}",
            "services",
            "Service",
            (*at, "-"),
            given=((*at, "=", "yes"), ("spec", "type", "=", "NodePort")),
        )


PAIRS = tuple(_pairs())


def manifests() -> dict[str, Object]:
    """All manifests by their names."""
    return {made["metadata"]["name"]: made for pair in PAIRS for made in (pair.good, pair.bad)}


def expected() -> dict[str, tuple[str, ...]]:
    """The rules that refuse each of them."""
    return {f"{pair.name}-{twin}": (pair.rule,) * (twin == "bad") for pair in PAIRS for twin in ("good", "bad")}
