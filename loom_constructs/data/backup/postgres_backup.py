"""Backups of PostgreSQL, whoever runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cdk8s import Duration, Size
from constructs import Construct

from ...kubernetes import (
    Claim,
    Cpu,
    Kind,
    Labels,
    Manifest,
    PodOptions,
    Resources,
    SecretKey,
    Workload,
    checks,
    config_map,
    namespace_of,
    persistent_volume_claim,
)
from ...kubernetes.image import pinned, version
from ...kubernetes.whole import whole
from ...traffic import Peer
from .. import schedules
from ..postgres import PostgresCluster
from . import scripts, sent
from .bucket import Bucket
from .containers import Containers


@whole
class PostgresBackup(Construct):
    """Backups of a `PostgresCluster` on a claim or in a bucket, a drill that restores them, and a Job for emergencies.

    - CronJob `<name>`: dumps each database (`pg_dump -Fc`), counts the rows of each table in the same snapshot, and
      gives the folder its name when it is complete and its checksums are written.
    - CronJob `<name>-drill`: restores the newest backup into a server of its own, in its pod, and compares the
      schema, sequences and numbers of rows. It fails on a damaged, old or incomplete backup.
    - CronJob `<name>-restore`, suspended: what `loom-constructs restore` starts.
    - Claim `<name>`, unless backups go to a bucket.

    With a bucket or a key, rclone in a container of its own sends, fetches, encrypts and decrypts; what PostgreSQL's
    own programs do stays as it is. A backup in a bucket is complete when its checksums are there, which are sent last.

    The first two write how it went into `loom_constructs.verdicts` of each database; a failure is a failed Job as well.
    Roles are dumped without passwords: these come from Secrets.

    Args:
        of: The server.
        name: Of the claim and the CronJobs; without it, `<server>-backup`.
        schedule: When backups are made: five fields of cron, UTC.
        drill_schedule: When the newest one is restored for a trial.
        keep: How many backups stay; older ones are deleted once a new one is complete.
        max_age_hours: What the drill calls too old.
        to: The claim or bucket; on another disk than the database's, if that is to be survived. Without it, a claim of
            20Gi.
        encryption: What backups are encrypted with before they leave the pod, at best 32 random bytes as hexadecimal
            digits. Who loses it loses the backups. After a change, entry `<entry>-before` reads the older ones.
        rclone_image: rclone's own image.
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

    claim: Manifest | None
    """Where backups lie, unless that is a bucket."""

    config: Manifest
    """The ConfigMap with the scripts."""

    max_age: Duration
    """What the drill calls too old."""

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
        to: Claim | Bucket | None = None,
        encryption: SecretKey | None = None,
        rclone_image: str = "rclone/rclone:1.75.1",
        deadline_hours: int = 4,
        resources: Resources | None = None,
        pod: PodOptions | None = None,
    ) -> None:
        checks.instance("of", of, PostgresCluster)
        name = name or f"{of.name}-backup"
        schedules.check_name(name)
        schedules.check(schedule=schedule, drill_schedule=drill_schedule)
        for argument, number in (
            ("keep", keep),
            ("max_age_hours", max_age_hours),
            ("deadline_hours", deadline_hours),
        ):
            checks.at_least(argument, number, 1)
        checks.instance("to", to, Claim, Bucket, type(None))
        checks.instance("encryption", encryption, SecretKey, type(None))
        if encryption is not None and encryption.optional:
            raise checks.refuse("encryption", "an entry that is not optional", encryption.key)
        pinned("rclone_image", rclone_image)
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        super().__init__(scope, id)
        self._postgres = of
        self._pod = pod
        self._deadline = deadline_hours * 3600
        self._to = to or Claim(Size.gibibytes(20))
        self.max_age = Duration.hours(max_age_hours)
        labels = self._labels(name, "backup")
        self._containers = Containers(
            postgres=of,
            to=self._to if isinstance(self._to, Bucket) else name,
            encryption=encryption,
            rclone_image=rclone_image,
            scripts=f"{name}-config",
            resources=resources
            or Resources(
                cpu=Cpu.millis(100),
                memory=Size.mebibytes(256),
                cpu_limit=Cpu.units(1),
                memory_limit=Size.mebibytes(512),
            ),
            namespace=namespace_of(self),
        )
        self.config = config_map(
            self,
            "config",
            name=f"{name}-config",
            labels=labels,
            files={**self._files(keep, max_age_hours), **scripts.QUERIES},
        )
        self.claim = None
        if isinstance(self._to, Claim):
            self.claim = persistent_volume_claim(self, "claim", name=name, claim=self._to, labels=labels)
        self.backup = self._cron_job(name, "backup", schedule)
        self.drill = self._cron_job(f"{name}-drill", "drill", drill_schedule)
        self.restore = self._cron_job(f"{name}-restore", "restore", schedules.NEVER, suspended=True)
        self.node.default_child = self.backup.manifest

    def _labels(self, name: str, component: str) -> Labels:
        return Labels("postgresql-backup", name, component, version(self._postgres.image))

    def _files(self, keep: int, max_age_hours: int) -> Mapping[str, str]:
        sent_away = self._containers.sent
        files = {
            "backup.sh": scripts.TELL if sent_away else scripts.backup_script(keep),
            "drill.sh": scripts.drill_script(max_age_hours, fetched=sent_away),
            "restore.sh": scripts.restore_script(fetched=sent_away),
        }
        if sent_away:
            send = sent.send_script(keep, self._deadline, to_disk=isinstance(self._to, Claim))
            files |= {"dump.sh": scripts.DUMP_TO_SEND, "send.sh": send, "fetch.sh": sent.FETCH}
        return files

    def _cron_job(self, name: str, script: str, schedule: str, *, suspended: bool = False) -> Workload:
        of = self._postgres
        *before, last = self._containers.of(script)
        workload = Workload(
            self,
            script,
            kind=Kind.CRON_JOB,
            labels=self._labels(name, script),
            containers=[last],
            init_containers=before,
            user=of.user,
            spec=schedules.cron_job(schedule, suspended=suspended),
            job_spec=schedules.job(self._deadline, suspended=suspended),
            pod_spec={"restartPolicy": "Never"},
            configs=[self.config],
            options=self._pod,
        )
        here = Peer.of(workload)
        for number, endpoint in enumerate(of.databases.values()):
            # within what the server keeps free of clients (superuser_reserved_connections and more)
            here.calls(endpoint if number == 0 else replace(endpoint, wait=None), env={})
        if isinstance(self._to, Bucket):
            # not waited for: who sends or fetches says what is wrong, in a verdict too
            here.calls(replace(self._to.store, wait=None), env={}, required=False)
        return workload
