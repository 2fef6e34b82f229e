"""Backups: what makes them must not go unnoticed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...ends import Object
from ..key import Key
from ..pair import Pair
from ..verdict import Change, Verdict

KINDS = frozenset(
    (
        ("postgresql.cnpg.io", "ScheduledBackup"),
        ("velero.io", "Schedule"),
        ("k8up.io", "Schedule"),
        ("longhorn.io", "RecurringJob"),
    )
)


def is_backup(key: Key, item: Object) -> bool:
    """Whether it makes backups, by its kind, name or labels."""
    if (key.group, key.kind) in KINDS:
        return True
    if re.search(r"restore|drill|verify|check|prune", key.name):
        return False
    labels = item["metadata"].get("labels") or {}
    program, component = (labels.get(f"app.kubernetes.io/{of}") for of in ("name", "component"))
    if program == "postgresql-archive":
        return (key.kind, component) in (("Deployment", "archive"), ("CronJob", "base"))
    return key.kind == "CronJob" and (component == "backup" or "backup" in key.name.lower())


def backups(pair: Pair) -> Iterator[Change]:
    """Backups that are suspended."""
    if is_backup(pair.key, pair.new):
        for field in ("suspend", "paused"):
            old, new = (s.get(field) is True for s in pair.specs)
            if new and not old:
                todo = "No backups from now on: say when it goes on again."
                yield Change(Verdict.LOSES, pair.key, f"{field}: true", todo, pair.take("spec", field))
