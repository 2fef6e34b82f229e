"""Objects that NEW no longer has: what pruning deletes, or what is left behind."""

from __future__ import annotations

from ..ends import Object
from .key import BUILTIN, Key
from .pods import ROLLING, containers_of, spec_of, templates_of
from .rules.backups import is_backup
from .rules.custom import KEEPING, PODLESS
from .sets import Sets
from .verdict import Change, Verdict

LOST = {
    "Namespace": "Pruning deletes everything in it, with all claims.",
    "PersistentVolume": "Its data may be left without a volume: see its reclaim policy.",
    "PersistentVolumeClaim": "Pruning deletes it, and with reclaim policy Delete its data.",
}
"""Kinds that are, or hold, data."""

STOPS = {
    "Deployment": "Pruning ends its pods: an outage.",
    "DaemonSet": "Pruning ends its pods on all nodes: an outage.",
    "StatefulSet": "Pruning ends its pods: an outage.",
    "ReplicaSet": "Pruning ends its pods: an outage.",
    "Pod": "Pruning ends it: an outage.",
    "CronJob": "Pruning ends its runs.",
    "Service": "Pruning ends its name and address: clients fail.",
    "Ingress": "Pruning closes this way in from outside.",
    "Gateway": "Pruning closes this way in from outside.",
}
"""Kinds of which something is missed at once."""

OPENS = {
    "NetworkPolicy": "Pruning may open what only it denied, or cut what it allowed: see `loom-constructs reach`.",
    "Server": "Its port falls back to the default policy of its pods.",
    "AuthorizationPolicy": "Clients that only it lets in are refused.",
    "Role": "Whoever has rights only by it loses them.",
    "ClusterRole": "Whoever has rights only by it loses them.",
    "RoleBinding": "Whoever has rights only by it loses them.",
    "ClusterRoleBinding": "Whoever has rights only by it loses them.",
    "HorizontalPodAutoscaler": "The number of pods stays as it is.",
    "Job": "Pruning deletes its pods and their logs; if it runs, it ends.",
}


def gone(key: Key, item: Object, sets: Sets) -> Change:
    """What is said about an object that disappears."""
    other = next((k for k in sets.namesakes(key) if k.kind == key.kind), None)
    if key in sets.successors:
        return _succeeded(key, sets.successors[key])
    if key.kind == "StatefulSet" and templates_of(item):
        return _stateful(key, item, sets)
    if is_backup(key, item):
        return Change(Verdict.LOSES, key, "disappears", "No more backups: be sure that another one makes them.")
    if other and other.group != key.group and other.namespace == key.namespace:
        words = f"belongs to group {other.group or 'core'} now, no longer to {key.group or 'core'}"
        return Change(Verdict.RECREATION, key, words, "That is another object: make it, then delete the old one.")
    if (key.group, key.kind) == ("postgresql.cnpg.io", "Cluster"):
        return _cluster(key, sets)
    if (key.kind in LOST and not key.group) or (key.group, key.kind) in KEEPING:
        todo = LOST.get(key.kind, "What it stands for is deleted with it, and its data.")
        return Change(Verdict.LOSES, key, "disappears", todo)
    if other and key.kind in STOPS:
        todo = f"That is another object: {STOPS[key.kind][0].lower()}{STOPS[key.kind][1:]}"
        return Change(Verdict.RECREATION, key, f"is in namespace {other.namespace} now", todo)
    if key.kind in STOPS:
        return Change(Verdict.RECREATION, key, "disappears", STOPS[key.kind])
    if key.group not in BUILTIN:
        return _custom(key, item)
    users = _users(key, sets)
    if users:
        todo = f"{users} still needs it: its next pod does not start, or lacks rights."
        return Change(Verdict.RECREATION, key, "disappears", todo)
    return Change(Verdict.SAFE, key, "disappears", OPENS.get(key.kind, ""))


def _custom(key: Key, item: Object) -> Change:
    spec = item.get("spec") or {}
    if any(p.get("kind", "Gateway") == "Gateway" for p in spec.get("parentRefs") or ()):
        return Change(Verdict.RECREATION, key, "disappears", STOPS["Gateway"])
    if key.kind == "ExternalSecret" and (spec.get("target") or {}).get("creationPolicy", "Owner") == "Owner":
        return Change(Verdict.RECREATION, key, "disappears", "The Secret that it made is deleted with it.")
    if key.group in PODLESS or key.kind == "ExternalSecret":
        return Change(Verdict.SAFE, key, "disappears", OPENS.get(key.kind, ""))
    todo = f"Cannot be judged: ask what serves {key.group}; it may delete what it made."
    return Change(Verdict.RECREATION, key, "disappears", todo)


def _succeeded(key: Key, successor: Key) -> Change:
    if key.kind == "Job":
        todo = "The finished one may be deleted."
        return Change(Verdict.SAFE, successor, f"a new Job runs (before: {key.name})", todo)
    return Change(Verdict.SAFE, successor, f"new content under a new name (before: {key.name})", "")


def _stateful(key: Key, item: Object, sets: Sets) -> Change:
    policy = (item["spec"].get("persistentVolumeClaimRetentionPolicy") or {}).get("whenDeleted")
    claims = ", ".join(f"{name}-{key.name}-*" for name in templates_of(item))
    kept = f"are deleted with it ({claims})" if policy == "Delete" else f"are orphaned ({claims})"
    for other in sets.namesakes(key):
        if (other.group, other.kind) in KEEPING and other.namespace == key.namespace:
            todo = f"Its claims {kept}; the {other.kind} starts empty: move the data first."
            return Change(Verdict.LOSES, key, f"is a {other.kind} of {other.group} now", todo)
        if other.kind in (*ROLLING, "Pod") and other.namespace == key.namespace:
            what = f"is a {other.kind} now" if other.group == key.group else f"belongs to group {other.group} now"
            return Change(Verdict.LOSES, key, what, f"Its claims {kept}; what takes its place starts without them.")
        if other.kind == key.kind:
            todo = f"Its claims {kept}; the one in {other.namespace} starts empty: move the data first."
            return Change(Verdict.LOSES, key, f"is in namespace {other.namespace} now", todo)
    heir = next((k for k, o in sets.new.items() if k not in sets.old and _alike(key, item, k, o)), None)
    if heir:
        todo = f"Its claims {kept}; the new one starts empty: keep the name, or move the data first."
        return Change(Verdict.LOSES, key, f"is called {heir.name} now", todo)
    return Change(Verdict.LOSES, key, "disappears", f"Pruning ends its pods; its claims {kept}.")


def _cluster(key: Key, sets: Sets) -> Change:
    for other, item in sets.new.items():
        if other in sets.old or other.namespace != key.namespace:
            continue
        if other.kind == "StatefulSet" and other.name == key.name and templates_of(item):
            todo = "The operator deletes its volumes; the StatefulSet starts empty: move the data first."
            return Change(Verdict.LOSES, key, "is a StatefulSet now", todo)
        if other.kind == key.kind and other.group == key.group and _origin(item) is None:
            todo = "The operator deletes its volumes; the new one starts empty: keep the name, or say `recovery`."
            return Change(Verdict.LOSES, key, f"is called {other.name} now", todo)
    return Change(Verdict.LOSES, key, "disappears", "The operator deletes its pods and their volumes.")


def _origin(cluster: Object) -> str | None:
    """The backup that a cluster starts from."""
    recovery = ((cluster.get("spec") or {}).get("bootstrap") or {}).get("recovery") or {}
    source: str | None = recovery.get("source")
    return source


def _alike(key: Key, item: Object, other: Key, heir: Object) -> bool:
    """Whether a new StatefulSet runs the same programs, of whatever version."""
    return other.kind == key.kind and other.namespace == key.namespace and _programs(heir) == _programs(item)


def _programs(item: Object) -> set[str]:
    images = (str(c.get("image")).partition("@")[0] for c in containers_of(item).values())
    return {image.rpartition(":")[0] or image for image in images}


def _users(key: Key, sets: Sets) -> str:
    """A workload of NEW that needs it."""
    if key.kind in ("ConfigMap", "Secret") and not key.group:
        return next((str(k) for k, _ in sets.readers(key)), "")
    if key.kind == "ServiceAccount":
        for other, item in sets.new.items():
            if other.namespace == key.namespace and spec_of(item).get("serviceAccountName") == key.name:
                return str(other)
    return ""
