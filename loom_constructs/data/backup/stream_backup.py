"""Backups of a stream."""

from __future__ import annotations

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
    persistent_volume_claim,
)
from ...kubernetes.image import version
from ...kubernetes.quantities import mebibytes
from ...kubernetes.whole import whole
from ...traffic import Peer
from .. import schedules
from ..nats_stream import USER, NatsStream
from . import stream_scripts as scripts

DRILL_PORT = 4222
"""On the loopback address of the drill's own pod."""


@whole
class NatsStreamBackup(Construct):
    """Backups of a `NatsStream` on a claim, a drill that restores them, and a Job for emergencies.

    - CronJob `<name>`: copies messages and consumers, and gives the folder its name when it is complete and its
      checksums are written.
    - CronJob `<name>-drill`: restores the newest backup into a server of its own, in its pod, and compares the number
      of messages and the last one. It fails on a damaged, old or incomplete backup.
    - CronJob `<name>-restore`, suspended: for emergencies.
    - Claim `<name>`.

    A failure is a failed Job.

    Args:
        of: The stream.
        user: Who copies it: `NatsUser.backup(stream)`.
        restore_user: Who brings it back: `NatsUser.restore(stream)`.
        name: Of the claim and the CronJobs; without it, `<stream>-backup`.
        schedule: When backups are made: five fields of cron, UTC.
        drill_schedule: When the newest one is restored for a trial.
        keep: How many backups stay; older ones are deleted once a new one is complete.
        max_age_hours: What the drill calls too old.
        storage: Of the claim; without it, the stream's `max_bytes` for each backup that stays, and one more.
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
        of: NatsStream,
        user: str = "stream-backup",
        restore_user: str = "stream-restore",
        name: str | None = None,
        schedule: str = "30 * * * *",
        drill_schedule: str = "45 4 * * *",
        keep: int = 4,
        max_age_hours: int = 2,
        storage: Claim | None = None,
        deadline_hours: int = 1,
        resources: Resources | None = None,
        pod: PodOptions | None = None,
    ) -> None:
        checks.instance("of", of, NatsStream)
        name = name or f"{of.job.labels.instance}-backup"
        schedules.check_name(name)
        schedules.check(schedule=schedule, drill_schedule=drill_schedule)
        for argument, number in (
            ("keep", keep),
            ("max_age_hours", max_age_hours),
            ("deadline_hours", deadline_hours),
        ):
            checks.at_least(argument, number, 1)
        checks.instance("storage", storage, Claim, type(None))
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        calls = {
            "user": (user, ("INFO", "SNAPSHOT")),
            "restore_user": (restore_user, ("INFO", "DELETE", "RESTORE", "UPDATE")),
        }
        for argument, (who, needed) in calls.items():
            of.nats.allows(argument, who, [f"$JS.API.STREAM.{call}.{of.stream}" for call in needed])
        super().__init__(scope, id)
        self._of = of
        self._pod = pod
        self._deadline = deadline_hours * 3600
        self._resources = resources or Resources(
            cpu=Cpu.millis(50), memory=Size.mebibytes(64), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(256)
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
                "drill-server.sh": scripts.DRILL_SERVER,
                "restore.sh": scripts.RESTORE,
            },
        )
        claim = storage or Claim(Size.mebibytes(mebibytes(of.max_bytes) * (keep + 1)))
        self.claim = persistent_volume_claim(self, "claim", name=name, claim=claim, labels=labels)
        self.backup = self._cron_job(name, "backup", schedule)
        self.drill = self._cron_job(f"{name}-drill", "drill", drill_schedule, beside=self._server())
        self.restore = self._cron_job(f"{name}-restore", "restore", schedules.NEVER, suspended=True)
        for workload, who in ((self.backup, user), (self.restore, restore_user)):
            # the stream may be gone: that it is there is not waited for
            Peer.of(workload).calls(of.nats.client(who))
        self.node.default_child = self.backup.manifest

    def _labels(self, name: str, component: str) -> Labels:
        return Labels("nats-stream-backup", name, component, version(self._of.image))

    def _scratch(self) -> Volume:
        # the drill's server holds the whole stream; more than its limit it never was
        return Volume.scratch("scratch", Size.mebibytes(mebibytes(self._of.max_bytes) * 5 // 4 + 64))

    def _server(self) -> Container:
        return Container(
            name="server",
            image=self._of.nats.image,
            command=["sh", f"{scripts.SCRIPTS}/drill-server.sh"],
            env={"PORT": str(DRILL_PORT), "SCRATCH": scripts.SCRATCH},
            resources=self._resources,
            mounts={
                scripts.SCRIPTS: Volume.config("scripts", self.config.name),
                scripts.SCRATCH: self._scratch(),
            },
        )

    def _cron_job(
        self, name: str, script: str, schedule: str, *, suspended: bool = False, beside: Container | None = None
    ) -> Workload:
        files = Volume.claim("backups", self.claim.name)
        env: dict[str, EnvValue] = {
            "HOME": "/tmp",
            "STREAM": self._of.stream,
            "FOLDER": scripts.FOLDER,
            "SCRATCH": scripts.SCRATCH,
        }
        if beside:
            env["NATS_URL"] = f"nats://127.0.0.1:{DRILL_PORT}"
        container = Container(
            name=script,
            image=self._of.image,
            command=["sh", f"{scripts.SCRIPTS}/{script}.sh"],
            env=env,
            resources=self._resources,
            mounts={
                scripts.FOLDER: files if script == "backup" else Mount(files, read_only=True),
                scripts.SCRIPTS: Volume.config("scripts", self.config.name),
                scripts.SCRATCH: self._scratch(),
            },
        )
        return Workload(
            self,
            script,
            kind=Kind.CRON_JOB,
            labels=self._labels(name, script),
            containers=[container, *([beside] if beside else [])],
            user=USER,
            spec=schedules.cron_job(schedule, suspended=suspended),
            job_spec=schedules.job(self._deadline, suspended=suspended),
            pod_spec={"restartPolicy": "Never"},
            configs=[self.config],
            options=self._pod,
        )
