"""Where the data of a new cluster comes from, if not from nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ....kubernetes import checks, plain
from .store import BarmanObjectStore

_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d(:?\d\d)?)")


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """The backup that a new cluster starts from: to its newest state (a clone), or to a moment before.

    It counts when the cluster is made, and never again: a cluster that is there is not taken back. So give the new one
    another name, or delete the old one first.

    Args:
        store: The bucket with the backup; it may be another cluster's.
        server_name: The folder there: what the old cluster called itself.
        target_time: The moment, with its zone: `2026-01-31T02:00:00Z`.
        target_lsn: Or the position in the log, such as `16/B374D848`.
        target_name: Or a restore point (`pg_create_restore_point`).
        immediate: Or as soon as the backup is consistent.
        backup_id: A certain base backup, as `20260131T010000`; needed with `target_name` and `immediate`. Without it,
            the newest one before the target.
    """

    store: BarmanObjectStore
    server_name: str
    target_time: str | None = None
    target_lsn: str | None = None
    target_name: str | None = None
    immediate: bool = False
    backup_id: str | None = None

    def __post_init__(self) -> None:
        checks.instance("store", self.store, BarmanObjectStore)
        checks.dns_label("server_name", self.server_name)
        if self.target_time is not None and not _TIME.fullmatch(str(self.target_time)):
            raise checks.refuse("target_time", "a moment with its zone, such as 2026-01-31T02:00:00Z", self.target_time)
        if self.target_lsn is not None and not re.fullmatch(r"[0-9A-F]{1,8}/[0-9A-F]{1,8}", self.target_lsn):
            raise checks.refuse("target_lsn", "a position such as 16/B374D848", self.target_lsn)
        if self.backup_id is not None and not re.fullmatch(r"\d{8}T\d{6}", self.backup_id):
            raise checks.refuse("backup_id", "such as 20260131T010000", self.backup_id)
        targets = [t for t in (self.target_time, self.target_lsn, self.target_name, self.immediate) if t]
        if len(targets) > 1:
            raise checks.refuse("target_time, target_lsn, target_name and immediate", "at most one of them", targets)
        # barman finds the base backup by a time or a position, but not by a name
        if (self.target_name or self.immediate) and self.backup_id is None:
            raise checks.refuse("backup_id", "given with target_name and immediate", None)

    def target(self) -> dict[str, Any]:
        """Where to stop, in CloudNativePG's words; nothing means at the end of the log."""
        return plain(
            targetTime=self.target_time,
            targetLSN=self.target_lsn,
            targetName=self.target_name,
            targetImmediate=True if self.immediate else None,
            backupID=self.backup_id,
        )
