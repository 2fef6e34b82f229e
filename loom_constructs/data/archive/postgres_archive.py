"""The log of the embedded PostgreSQL, kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cdk8s import Size
from constructs import Construct

from ...kubernetes import (
    Claim,
    Container,
    Cpu,
    EnvValue,
    Kind,
    Labels,
    Manifest,
    Mount,
    PodOptions,
    Probe,
    Resources,
    Volume,
    Workload,
    checks,
    config_map,
    persistent_volume_claim,
)
from ...kubernetes.image import version
from ...kubernetes.quantities import at_least_size
from ...kubernetes.whole import whole
from ...traffic import Endpoint, Peer
from .. import schedules
from ..backup import queries
from ..backup.containers import SPARE
from ..postgres import PostgresCluster
from ..postgres.embedded import VOLUME, EmbeddedPostgres
from . import wal
from .base import base_script
from .drill import drill_script
from .receive import RECEIVE
from .restore import RESTORE


@whole
class PostgresArchive(Construct):
    """The log (WAL) of a `PostgresCluster` and base backups of it on a claim: it can go back to any moment since.

    - Deployment `<name>`: receives the log all the time (`pg_receivewal`).
    - CronJob `<name>-base`: copies all files of the server (`pg_basebackup`) and checks the copy.
    - CronJob `<name>-drill`: replays newest copy and log in a server of its own, in its pod; fails if it cannot.
    - CronJob `<name>-restore`, suspended: what `loom-constructs restore --at` starts while the server is stopped.
    - Claim `<name>`.

    Base backup and drill write how it went into `loom_constructs.verdicts` of each database, as kind `base` and
    `archive-drill`; a failure is a failed Job as well.

    Args:
        of: The server; an `EmbeddedPostgres` with `replication`.
        name: Of the claim, the Deployment and the CronJobs; without it, `<server>-archive`.
        storage: Of the claim: `keep` + 1 times the database, and the log since the oldest base backup. On another disk
            than the database's, if that is to be survived; in its zone, since a restore mounts both.
        base_schedule: When base backups are made: five fields of cron, UTC. A restore replays the log since the last.
        keep: How many base backups stay, and the log since the oldest of them.
        drill_schedule: When the archive is replayed for a trial.
        max_age_minutes: How far behind the drill lets the archive be.
        deadline_hours: A Job that takes longer is ended and has failed.
        resources: Of each pod.
        pod: What you add to all pods.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    receiver: Workload
    """The Deployment that receives the log."""

    base: Workload
    """The CronJob that makes base backups."""

    drill: Workload
    """The CronJob that replays the archive for a trial."""

    restore: Workload
    """The suspended CronJob for emergencies."""

    claim: Manifest
    """Where it all lies."""

    config: Manifest
    """The ConfigMap with the scripts."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        of: PostgresCluster,
        name: str | None = None,
        storage: Claim | None = None,
        base_schedule: str = "0 1 * * *",
        keep: int = 7,
        drill_schedule: str = "0 5 * * *",
        max_age_minutes: int = 15,
        deadline_hours: int = 4,
        resources: Resources | None = None,
        pod: PodOptions | None = None,
    ) -> None:
        checks.instance("of", of, PostgresCluster)
        if of.replication is None or not isinstance(of.engine, EmbeddedPostgres):
            rule = "a PostgresCluster with engine=EmbeddedPostgres(replication=SecretRef(...))"
            raise checks.refuse("of", rule, of.node.path)
        name = name or f"{of.name}-archive"
        schedules.check_name(name)
        schedules.check(base_schedule=base_schedule, drill_schedule=drill_schedule)
        for argument, number in (
            ("keep", keep),
            ("max_age_minutes", max_age_minutes),
            ("deadline_hours", deadline_hours),
        ):
            checks.at_least(argument, number, 1)
        checks.instance("storage", storage, Claim, type(None))
        storage = storage or Claim(Size.gibibytes(50))
        at_least_size("storage", storage.size, Size.gibibytes(1))
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        super().__init__(scope, id)
        self._postgres, self._name, self._log = of, name, of.replication
        self._data_directory = of.engine.data_directory
        self._pod = pod or PodOptions()
        self._deadline = deadline_hours * 3600
        self._resources = resources or Resources(
            cpu=Cpu.millis(100), memory=Size.mebibytes(256), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(512)
        )
        self.config = config_map(
            self,
            "config",
            name=f"{name}-config",
            labels=self._labels(name, "archive"),
            files={
                "wal.sh": wal.WAL,
                "fetch.sh": wal.FETCH,
                "receive.sh": RECEIVE,
                "base.sh": base_script(keep),
                "drill.sh": drill_script(max_age_minutes),
                "restore.sh": RESTORE,
                "counts.sql": queries.COUNTS,
                "verdict.sql": queries.VERDICT,
            },
        )
        labels = self._labels(name, "archive")
        self.claim = persistent_volume_claim(self, "claim", name=name, claim=storage, labels=labels)
        self.receiver = self._receiver()
        self.base = self._cron_job("base", base_schedule)
        self.drill = self._cron_job("drill", drill_schedule)
        self.restore = self._cron_job("restore", schedules.NEVER, suspended=True)
        self.node.default_child = self.receiver.manifest

    def _labels(self, name: str, component: str) -> Labels:
        return Labels("postgresql-archive", name, component, version(self._postgres.image))

    def _container(self, script: str, mounts: Mapping[str, Volume | Mount]) -> Container:
        return Container(
            name=script,
            image=self._postgres.image,
            command=["sh", f"{wal.SCRIPTS}/{script}.sh"],
            env={**self._environment(), **({} if script == "receive" else self._postgres.logins)},
            resources=self._resources,
            mounts={
                wal.ARCHIVE: Volume.claim("archive", self.claim.name),
                wal.SCRIPTS: Volume.config("scripts", self.config.name),
                **mounts,
            },
        )

    def _receiver(self) -> Workload:
        workload = Workload(
            self,
            "receive",
            kind=Kind.DEPLOYMENT,
            labels=self._labels(self._name, "archive"),
            containers=[
                replace(
                    self._container("receive", {wal.SCRATCH: Volume.scratch("scratch", Size.mebibytes(64))}),
                    # ready: the archive has everything up to a minute ago. That fails as well while the server is down,
                    # which is no reason to restart the receiver; only a loop that stands still is.
                    readiness=_younger(f"{wal.ARCHIVE}/wal/*/reached", 60),
                    liveness=_younger(f"{wal.SCRATCH}/beat", 120),
                )
            ],
            user=self._postgres.user,
            # one receiver: the slot has one user, and the claim one node
            spec={"replicas": 1, "strategy": {"type": "Recreate"}},
            configs=[self.config],
            pod_spec={"affinity": self._near(self._postgres.workload, None)},
            options=self._pod,
        )
        # it waits by itself, for as long as it takes
        Peer.of(workload).calls(_without_wait(self._log))
        return workload

    def _cron_job(self, script: str, schedule: str, *, suspended: bool = False) -> Workload:
        of = self._postgres
        mounts: dict[str, Volume | Mount] = {}
        if script == "base":
            mounts[wal.SCRATCH] = Volume.scratch("scratch", Size.mebibytes(64))
        elif script == "drill":
            mounts[wal.SCRATCH] = Volume.scratch("scratch", Size.mebibytes(of.storage_mebibytes * SPARE))
        else:
            mounts[wal.SCRATCH] = Volume.scratch("scratch", Size.mebibytes(256))
            mounts[VOLUME] = Volume.claim("data", f"data-{of.name}-0")
        workload = Workload(
            self,
            script,
            kind=Kind.CRON_JOB,
            labels=self._labels(f"{self._name}-{script}", script),
            containers=[self._container(script, mounts)],
            user=of.user,
            spec=schedules.cron_job(schedule, suspended=suspended),
            job_spec=schedules.job(self._deadline, suspended=suspended),
            # The claim belongs to one node at a time (ReadWriteOnce), the receiver's: a pod on another node would wait
            # for it for ever.
            pod_spec={"restartPolicy": "Never", "affinity": self._near(self.receiver, "kubernetes.io/hostname")},
            configs=[self.config],
            options=self._pod,
        )
        here = Peer.of(workload)
        # a restore works while the server is stopped, and a drill, or a look at what is there, while it is gone
        here.calls(self._log if script == "base" else _without_wait(self._log))
        for endpoint in of.databases.values():
            here.calls(_without_wait(endpoint), env={})
        return workload

    def _near(self, workload: Workload, required: str | None) -> Mapping[str, Any]:
        """What the user wants, and: on the node of other pods; or, if that can be, in their zone."""
        chosen = dict(self._pod.affinity)
        rule = "requiredDuringSchedulingIgnoredDuringExecution"
        term: dict[str, Any] = {
            "labelSelector": {"matchLabels": workload.labels.selector},
            "topologyKey": required or "topology.kubernetes.io/zone",
        }
        wanted: Any = term
        if required is None:
            # a volume seldom leaves its zone, and a restore needs both; not required, for clusters without zones
            rule, wanted = "preferredDuringSchedulingIgnoredDuringExecution", {"weight": 100, "podAffinityTerm": term}
        others = dict(chosen.get("podAffinity", {}))
        return {**chosen, "podAffinity": {**others, rule: [*others.get(rule, []), wanted]}}

    def _environment(self) -> dict[str, EnvValue]:
        return {
            "ARCHIVE": wal.ARCHIVE,
            "SCRIPTS": wal.SCRIPTS,
            "SCRATCH": wal.SCRATCH,
            "DATABASES": " ".join(self._postgres.databases),
            "PGDATA": self._data_directory,
            "PGCONNECT_TIMEOUT": "10",
            "BASE": f"{self._name}-base",
        }


def _without_wait(endpoint: Endpoint) -> Endpoint:
    return replace(endpoint, wait=None)


def _younger(files: str, seconds: int) -> Probe:
    """Whether the newest moment that a script wrote down is young."""
    when = f'$(cat {files} 2>/dev/null | sort -n | tail -n 1 | cut -d " " -f 1)'
    asked = f'when={when}; [ "$(($(date +%s) - ${{when:-0}}))" -le {seconds} ]'
    return Probe.command(["sh", "-c", asked], period=10, failures=3)
