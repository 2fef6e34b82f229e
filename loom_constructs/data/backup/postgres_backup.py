"""Backups of PostgreSQL, whoever runs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

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
    Resources,
    Volume,
    Workload,
    checks,
    config_map,
    namespace_of,
)
from ...kubernetes.image import version
from ...kubernetes.labels import MANAGER
from ...kubernetes.whole import whole
from ...traffic import Peer
from ..postgres import PostgresCluster
from . import scripts

NEVER = "0 0 30 2 *"
"""There is no 30th of February."""

SPARE = 2
"""A drill needs the disk of the database, and some more: the rows are there, and what sorts them for the indexes."""


@whole
class PostgresBackup(Construct):
    """Backups of a `PostgresCluster` on a claim, a drill that restores them, and a Job for emergencies.

    - CronJob `<name>`: dumps each database (`pg_dump -Fc`), counts the rows of each table in the same snapshot, and
      gives the folder its name when it is complete and its checksums are written.
    - CronJob `<name>-drill`: restores the newest backup into a server of its own, in its pod, and compares the
      numbers of rows. It fails on a damaged, old or incomplete backup.
    - CronJob `<name>-restore`, suspended: what `loom-constructs restore` starts.
    - Claim `<name>`.

    The first two write how it went into `loom_constructs.verdicts` of each database; a failure is a failed Job as well.
    Roles are dumped without passwords: these come from Secrets.

    Args:
        of: The server.
        name: Of the claim and the CronJobs; without it, `<server>-backup`.
        schedule: When backups are made: five fields of cron, UTC.
        drill_schedule: When the newest one is restored for a trial.
        keep: How many backups stay; older ones are deleted once a new one is complete.
        max_age_hours: What the drill calls too old.
        storage: Of the claim; on another disk than the database's, if that is to be survived.
        deadline_hours: A backup or drill that takes longer is ended and has failed.
        pod: What you add to all pods.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    backup: Workload
    """The CronJob that makes backups."""

    drill: Workload
    """The CronJob that restores them for a trial."""

    restore: Workload
    """The suspended CronJob for emergencies."""

    claim: Manifest
    """Where backups lie."""

    config: Manifest
    """The ConfigMap with the scripts."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        of: PostgresCluster,
        name: str | None = None,
        schedule: str = "0 2 * * *",
        drill_schedule: str = "0 4 * * *",
        keep: int = 14,
        max_age_hours: int = 26,
        storage: Claim | None = None,
        deadline_hours: int = 4,
        resources: Resources | None = None,
        pod: PodOptions | None = None,
    ) -> None:
        checks.instance("of", of, PostgresCluster)
        name = name or f"{of.name}-backup"
        # a CronJob appends eleven characters to the names of its Jobs
        checks.service_name("name", name, longest=52 - len("-restore"))
        for argument, value in (("schedule", schedule), ("drill_schedule", drill_schedule)):
            if not isinstance(value, str) or not re.fullmatch(r"[-*/,0-9]+( [-*/,0-9A-Z]+){4}", value):
                raise checks.refuse(argument, "five fields of cron, such as 0 2 * * *", value)
        for argument, number in (
            ("keep", keep),
            ("max_age_hours", max_age_hours),
            ("deadline_hours", deadline_hours),
        ):
            checks.at_least(argument, number, 1)
        checks.instance("storage", storage, Claim, type(None))
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        super().__init__(scope, id)
        self._postgres = of
        self._pod = pod
        self._deadline = deadline_hours * 3600
        self._resources = resources or Resources(
            cpu=Cpu.millis(100), memory=Size.mebibytes(256), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(512)
        )
        labels = self._labels(name, "backup")
        self.config = config_map(
            self,
            "config",
            name=f"{name}-config",
            labels=labels,
            files={
                "backup.sh": scripts.backup_script(keep),
                "drill.sh": scripts.drill_script(max_age_hours),
                "restore.sh": scripts.RESTORE,
                "dump.sql": scripts.DUMP,
                "counts.sql": scripts.COUNTS,
                "verdict.sql": scripts.VERDICT,
            },
        )
        self.claim = Manifest(
            self,
            "claim",
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "spec": (storage or Claim(Size.gibibytes(20))).spec(),
            },
            name=name,
            labels={**labels.selector, "app.kubernetes.io/managed-by": MANAGER},
        )
        self.backup = self._cron_job(name, "backup", schedule)
        self.drill = self._cron_job(f"{name}-drill", "drill", drill_schedule)
        self.restore = self._cron_job(f"{name}-restore", "restore", NEVER, suspended=True)
        self.node.default_child = self.backup.manifest

    def _labels(self, name: str, component: str) -> Labels:
        return Labels("postgresql-backup", name, component, version(self._postgres.image))

    def _cron_job(self, name: str, script: str, schedule: str, *, suspended: bool = False) -> Workload:
        of = self._postgres
        files = Volume.claim("backups", self.claim.name)
        mounts: Mapping[str, Volume | Mount] = {
            scripts.FOLDER: files if script == "backup" else Mount(files, read_only=True),
            scripts.SCRIPTS: Volume.config("scripts", self.config.name),
            scripts.SCRATCH: Volume.scratch("scratch", Size.mebibytes(of.storage_mebibytes * SPARE)),
        }
        container = Container(
            name=script,
            image=of.image,
            command=["sh", f"{scripts.SCRIPTS}/{script}.sh"],
            env={
                **scripts.environment(list(of.databases)),
                "PGHOST": of.sql.host_from(namespace_of(self)),
                "PGPORT": str(of.sql.port),
                "PGCONNECT_TIMEOUT": "10",
                **of.sql.tls_variables,
                **self._logins(),
            },
            resources=self._resources,
            mounts=mounts,
        )
        workload = Workload(
            self,
            script,
            kind=Kind.CRON_JOB,
            labels=self._labels(name, script),
            containers=[container],
            user=of.user,
            spec={
                "schedule": schedule,
                "timeZone": "Etc/UTC",
                "suspend": suspended,
                "concurrencyPolicy": "Forbid",
                # a cluster that was down at that time makes up for it
                "startingDeadlineSeconds": 3600,
                "successfulJobsHistoryLimit": 3,
                "failedJobsHistoryLimit": 3,
            },
            job_spec={
                # a restore is tried once: who asked for it looks at what it says
                "backoffLimit": 0 if suspended else 2,
                "activeDeadlineSeconds": self._deadline,
            },
            pod_spec={"restartPolicy": "Never"},
            configs=[self.config],
            options=self._pod,
        )
        here = Peer.of(workload)
        for number, endpoint in enumerate(of.databases.values()):
            # within what the server keeps free of clients (superuser_reserved_connections and more)
            here.calls(endpoint if number == 0 else replace(endpoint, wait=None), env={})
        return workload

    def _logins(self) -> dict[str, EnvValue]:
        env: dict[str, EnvValue] = {}
        for name, endpoint in self._postgres.databases.items():
            if endpoint.login is not None:
                env |= {f"{name}_username": endpoint.login.username, f"{name}_password": endpoint.login.password}
        return env
