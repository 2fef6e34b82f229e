"""Claims and claim templates: what keeps the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..pair import Pair
from ..pods import templates_of
from ..quantity import smaller
from ..shown import values
from ..verdict import Change, Verdict

ORPHAN = "delete it with --cascade=orphan, so that its pods go on, and apply"
KEPT = "Refused. Re-created, it goes on with the claims it has"


def claims(pair: Pair) -> Iterator[Change]:
    """Changes of PersistentVolumeClaims, claim templates and what happens to claims at the end."""
    if not pair.builtin:
        return
    if pair.key.kind == "PersistentVolumeClaim":
        yield from _claim(pair)
    if pair.key.kind == "PersistentVolume" and pair.specs[1].get("persistentVolumeReclaimPolicy") == "Delete":
        for taken in pair.take("spec", "persistentVolumeReclaimPolicy"):
            todo = "The volume is deleted as soon as its claim is: keep Retain."
            yield Change(Verdict.LOSES, pair.key, f"persistentVolumeReclaimPolicy: {values(taken)}", todo, [taken])
    if pair.key.kind == "StatefulSet":
        yield from _templates(pair)
        yield from _retention(pair)


def _claim(pair: Pair) -> Iterator[Change]:
    old, new = pair.specs
    for change in _class_and_size(old, new, ""):
        if change is not None:
            yield Change(Verdict.LOSES, pair.key, change[0], f"Refused: {change[1]}", _storage(pair))
    grown = pair.take("spec", "resources", "requests", "storage")
    if grown:
        name = new.get("storageClassName")
        expands = pair.sets.expands(name)
        what = f"grows from {_size(old)} to {_size(new)}"
        if expands is False:
            todo = f"Refused: StorageClass {name} has no allowVolumeExpansion."
            yield Change(Verdict.RECREATION, pair.key, what, todo, grown)
        else:
            known = "which it can" if expands else f"see allowVolumeExpansion of {name or 'the default class'}"
            yield Change(Verdict.SAFE, pair.key, what, f"Accepted if its class can expand volumes: {known}.", grown)
    modified = pair.take("spec", "volumeAttributesClassName")
    if modified:
        todo = "The driver changes the volume while it is in use, if it can."
        yield Change(Verdict.SAFE, pair.key, "volumeAttributesClassName", todo, modified)


def _storage(pair: Pair) -> list[Any]:
    return [*pair.take("spec", "storageClassName"), *pair.take("spec", "resources", "requests", "storage")]


def _class_and_size(old: Mapping[str, Any], new: Mapping[str, Any], of: str) -> Iterator[tuple[str, str] | None]:
    """In words: another class; a smaller size."""
    classes = old.get("storageClassName"), new.get("storageClassName")
    if classes[0] != classes[1]:
        words = " → ".join(c or "the default" for c in classes)
        yield f"storage class{of}: {words}", "another class means a new, empty volume: back up, re-create, restore."
    if smaller(_size(new), _size(old)):
        yield (
            f"volume{of} gets smaller: {_size(old)} → {_size(new)}",
            "a smaller one is a new, empty volume: back up, re-create, restore.",
        )


def _size(spec: Mapping[str, Any]) -> Any:
    return ((spec.get("resources") or {}).get("requests") or {}).get("storage")


def _templates(pair: Pair) -> Iterator[Change]:
    taken = pair.take("spec", "volumeClaimTemplates")
    old, new = (templates_of(i) for i in (pair.old, pair.new))
    gone, come = [n for n in old if n not in new], [n for n in new if n not in old]
    for number, name in enumerate(gone):
        now = f" is called {come[number]} now" if number < len(come) else " is gone"
        todo = f"Refused; re-created, its pods start without {name}-{pair.key.name}-0: keep the name, or move the data."
        yield Change(Verdict.LOSES, pair.key, f"claim template {name}{now}", todo, taken)
    if gone:
        taken += pair.take_where(
            lambda d: d.path[-3:-2] == ("volumeMounts",) and d.path[-1] == "name" and d.old in gone
        )
    for name in come[len(gone) :]:
        yield Change(
            Verdict.RECREATION, pair.key, f"claim template {name} is new", f"Refused. {ORPHAN.capitalize()}.", taken
        )
    for name in (n for n in old if n in new):
        yield from _template(pair, name, old[name].get("spec") or {}, new[name].get("spec") or {}, taken)


def _template(pair: Pair, name: str, old: Any, new: Any, taken: list[Any]) -> Iterator[Change]:
    mine = [d for d in taken if d.under("spec", "volumeClaimTemplates", f"[{name}]")]
    worse = list(_class_and_size(old, new, f" of claim template {name}"))
    for change in worse:
        if change is not None:
            yield Change(Verdict.LOSES, pair.key, change[0], f"{KEPT}; {change[1]}", mine)
    if mine and not worse:
        sizes = _size(old), _size(new)
        if sizes[0] != sizes[1]:
            what, todo = (
                f"claim template {name} grows: {sizes[0]} → {sizes[1]}",
                f"Refused. Enlarge each claim (if its class can), then {ORPHAN}.",
            )
        else:
            inner = ", ".join(dict.fromkeys(".".join(d.path[3:]) for d in mine))
            what, todo = f"claim template {name}: {inner}", f"{KEPT}: {ORPHAN}."
        yield Change(Verdict.RECREATION, pair.key, what, todo, mine)


def _retention(pair: Pair) -> Iterator[Change]:
    old, new = (s.get("persistentVolumeClaimRetentionPolicy") or {} for s in pair.specs)
    taken = pair.take("spec", "persistentVolumeClaimRetentionPolicy")
    moments = {"whenDeleted": "when it is deleted", "whenScaled": "of pods that scaling takes away"}
    for field, moment in moments.items():
        if new.get(field) == "Delete" and old.get(field) != "Delete":
            what = f"{field}: {old.get(field, 'Retain')} → Delete"
            yield Change(Verdict.LOSES, pair.key, what, f"Claims go, with their data, {moment}: keep Retain.", taken)
            taken = []
    if taken:
        yield Change(Verdict.SAFE, pair.key, "persistentVolumeClaimRetentionPolicy", "Claims stay.", taken)
    replicas = [int(s.get("replicas", 1)) for s in pair.specs]
    if new.get("whenScaled") == "Delete" and replicas[1] < replicas[0]:
        what = f"replicas: {replicas[0]} → {replicas[1]}, and whenScaled is Delete"
        todo = "The claims of the pods that go are deleted: set whenScaled to Retain first."
        yield Change(Verdict.LOSES, pair.key, what, todo, pair.take("spec", "replicas"))
