"""The containers of a backup's pods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdk8s import Size

from ...kubernetes import Container, Mount, Resources, SecretKey, Volume
from ..postgres import PostgresCluster
from . import scripts, sent
from .bucket import Bucket
from .queries import SCRIPTS

SPARE = 2
"""A drill needs the disk of the database, and some more: the rows are there, and what sorts them for the indexes."""

FETCHED = f"{scripts.SCRATCH}/backups"
"""Where a backup lies on its way to a bucket, and from there."""


@dataclass(frozen=True, kw_only=True)
class Containers:
    """What the pods of a backup run, one after the other; the last container says how it went.

    Args:
        to: A bucket, or the name of a claim.
        scripts: The name of the ConfigMap with the scripts.
    """

    postgres: PostgresCluster
    to: Bucket | str
    encryption: SecretKey | None
    rclone_image: str
    scripts: str
    resources: Resources
    namespace: str

    def of(self, script: str) -> Sequence[Container]:
        """The containers of `backup`, `drill` or `restore`."""
        scratch = Volume.scratch("scratch", Size.mebibytes(self.postgres.storage_mebibytes * self._times(script)))
        if not self.sent:
            kept = Mount(self._claim, read_only=True) if script != "backup" else self._claim
            return [self._postgres(script, scratch, {scripts.FOLDER: kept})]
        last = self._postgres(script, scratch)
        if script == "backup":
            return [self._postgres("dump", scratch), self._rclone("send", scratch), last]
        return [self._rclone("fetch", scratch), last]

    @property
    def sent(self) -> bool:
        """Whether a backup leaves the pod that makes it another way than by a plain copy: to a bucket, or encrypted."""
        return isinstance(self.to, Bucket) or self.encryption is not None

    @property
    def _claim(self) -> Volume:
        return Volume.claim("backups", str(self.to))

    def _times(self, script: str) -> int:
        """How much scratch space, in sizes of the database; a dump is compressed, so it fits into one."""
        if self.sent:
            return SPARE + 1 if script == "drill" else 1
        return SPARE

    def _postgres(self, script: str, scratch: Volume, kept: Mapping[str, Volume | Mount] | None = None) -> Container:
        of = self.postgres
        return Container(
            name=script,
            image=of.image,
            command=["sh", f"{SCRIPTS}/{script}.sh"],
            env={
                **scripts.environment(list(of.databases), folder=FETCHED if self.sent else scripts.FOLDER),
                "PGHOST": of.sql.host_from(self.namespace),
                "PGPORT": str(of.sql.port),
                "PGCONNECT_TIMEOUT": "10",
                **of.sql.tls_variables,
                **of.logins,
            },
            resources=self.resources,
            mounts={**(kept or {}), **self._shared(scratch), **of.sql.mounts},
        )

    def _rclone(self, script: str, scratch: Volume) -> Container:
        kept: Mapping[str, Volume | Mount] = {}
        if isinstance(self.to, str):
            kept = {scripts.FOLDER: Mount(self._claim, read_only=script == "fetch")}
        return Container(
            name=script,
            image=self.rclone_image,
            command=["sh", f"{SCRIPTS}/{script}.sh"],
            env={
                "FOLDER": FETCHED,
                "SCRATCH": scripts.SCRATCH,
                **sent.environment(self.to, self.encryption, self.namespace),
            },
            resources=self.resources,
            mounts={**kept, **self._shared(scratch)},
        )

    def _shared(self, scratch: Volume) -> Mapping[str, Volume | Mount]:
        return {SCRIPTS: Volume.config("scripts", self.scripts), scripts.SCRATCH: scratch}
