"""Objects of CloudNativePG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..pair import Pair
from ..quantity import smaller
from ..shown import values
from ..verdict import Change, Verdict
from .databases import major_of, refusal

GROUP = "postgresql.cnpg.io"
FIXED = {"Database": (("cluster",), ("name",)), "Pooler": (("cluster",),), "ScheduledBackup": (("cluster",),)}
"""What the definitions refuse to change."""

BARMAN = "barmancloud.cnpg.io"


def cloud_native_pg(pair: Pair) -> Iterator[Change]:
    """Changes of a Cluster and of what belongs to it."""
    if pair.key.group == BARMAN and pair.key.kind == "ObjectStore":
        for taken in pair.take("spec", "configuration", "destinationPath"):
            todo = "Backups go on in an empty place; those of before stay in the old one: keep both until they are old."
            yield Change(Verdict.LOSES, pair.key, f"another bucket: {values(taken)}", todo, [taken])
    if pair.key.group != GROUP:
        return
    for path in FIXED.get(pair.key.kind, ()):
        taken_here = pair.take("spec", *path)
        if taken_here:
            what = f"{taken_here[0].field}: {values(taken_here[0])}"
            todo = "Refused. Under another name it is another one; a Database then starts empty."
            yield Change(Verdict.RECREATION, pair.key, what, todo, taken_here)
    if pair.key.kind == "Cluster":
        yield from _cluster(pair)


def _cluster(pair: Pair) -> Iterator[Change]:
    old, new = pair.specs
    images = str(old.get("imageName")), str(new.get("imageName"))
    majors = [major_of(i) for i in images]
    if majors[0] and majors[1] and majors[0] != majors[1]:
        todo = refusal(majors[0], majors[1]) + " CloudNativePG 1.26 and newer upgrades itself, offline; back up first."
        what = f"imageName: {images[0]} → {images[1]}"
        yield Change(Verdict.LOSES, pair.key, what, todo, pair.take("spec", "imageName"))
    if old.get("backup") and not new.get("backup"):
        todo = "No backups and no archive of the log from now on."
        yield Change(Verdict.LOSES, pair.key, "backup is gone", todo, pair.take("spec", "backup"))
    if _archives(old) and not _archives(new):
        todo = "The log is no longer archived: there is no way back to a moment from now on."
        yield Change(Verdict.LOSES, pair.key, "no plugin archives the log", todo, pair.take("spec", "plugins"))
    for volume in ("storage", "walStorage"):
        sizes = [(s.get(volume) or {}).get("size") for s in (old, new)]
        if sizes[0] and sizes[1] and smaller(sizes[1], sizes[0]):
            todo = "Volumes never shrink: make a new cluster and import the data."
            what = f"{volume} gets smaller: {sizes[0]} → {sizes[1]}"
            yield Change(Verdict.LOSES, pair.key, what, todo, pair.take("spec", volume, "size"))
    if old.get("walStorage") and not new.get("walStorage"):
        todo = "The operator refuses that: make a new cluster and import the data."
        yield Change(Verdict.RECREATION, pair.key, "walStorage is gone", todo, pair.take("spec", "walStorage"))
    start = pair.take("spec", "bootstrap") + pair.take("spec", "externalClusters")
    if start:
        todo = "It counts when the cluster is made: this one stays as it is. To go back to a moment, make another one."
        yield Change(Verdict.SAFE, pair.key, "it would start from something else", todo, start)


def _archives(spec: Mapping[str, Any]) -> bool:
    return any(p.get("isWALArchiver") and p.get("enabled", True) for p in spec.get("plugins") or ())
