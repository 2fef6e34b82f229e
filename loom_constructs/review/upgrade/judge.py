"""Every difference of two sets, with its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..ends import Object
from ..manifests import group_of
from .come import come
from .gone import gone
from .key import Key
from .pair import Pair
from .rules import RULES
from .rules.settings import settings
from .sets import Sets
from .verdict import Change, Verdict

HOOKS = ("helm.sh/hook", "argocd.argoproj.io/hook")
"""Annotations of objects that are made anew for each upgrade, and are no part of what runs."""


def judge(old: Iterable[Object], new: Iterable[Object]) -> list[Change]:
    """What applying NEW over OLD does, worst first."""
    sets = Sets(old, new)
    return sorted(_changes(sets), key=lambda c: (c.verdict, c.key.kind, c.key.namespace, c.key.name))


def _changes(sets: Sets) -> Iterator[Change]:
    inherited = set(sets.successors.values())
    for key, item in sets.old.items():
        if key in sets.new:
            yield from _of_pair(key, item, sets.new[key], sets)
        elif not _is_hook(item):
            yield gone(key, item, sets)
            if key in sets.successors and key.kind != "Job":
                successor = sets.successors[key]
                yield from settings(Pair(successor, item, sets.new[successor], sets))
    for key, item in sets.new.items():
        if key not in sets.old and key not in inherited:
            if _is_hook(item):
                yield Change(Verdict.SAFE, key, "is a new hook", "It runs with the upgrade.")
            else:
                yield come(key)


def _is_hook(item: Object) -> bool:
    return any(h in (item["metadata"].get("annotations") or {}) for h in HOOKS)


def _of_pair(key: Key, old: Object, new: Object, sets: Sets) -> Iterator[Change]:
    pair = Pair(key, old, new, sets)
    if old["apiVersion"] != new["apiVersion"]:
        what = f"apiVersion: {old['apiVersion']} → {new['apiVersion']}"
        todo = f"The same object, in another version of {group_of(new) or 'the core'}: the cluster must serve it."
        yield Change(Verdict.SAFE, key, what, todo)
    if _is_hook(new) and _is_hook(old):
        if pair.left:
            yield Change(Verdict.SAFE, key, "changes", "It is a hook: made anew for each upgrade.", pair.left)
        return
    for rule in RULES:
        if not pair.left:
            return
        yield from rule(pair)
