"""The migrations of a release."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

from cdk8s import Size
from constructs import Construct

from ...kubernetes import (
    Container,
    EnvValue,
    Kind,
    Labels,
    Mount,
    PodOptions,
    Resources,
    Volume,
    Workload,
    namespace_of,
)
from ...kubernetes.image import version
from ...traffic import Endpoint, Peer, libpq_variables
from .. import ports
from . import migration_files as files
from .containers import ControlPlaneContainers

DEFAULT_IMAGE = "postgres:15-alpine"


class Migrations(Construct):
    """The Job that migrates the database for a release, and the container by which its pods wait for that.

    Made by `LoomControlPlane`. The Job's name follows from its content, so another image is another Job; once it has
    succeeded it records the release in `loom_constructs.releases`, and a release that is recorded is not migrated
    again: after a roll-back the old release starts at once.
    """

    workload: Workload
    """The Job."""

    release: str
    """What the image and the place of the database amount to."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        containers: ControlPlaneContainers,
        database: Endpoint,
        connections: int | None,
        psql_image: str | None,
        pod: PodOptions | None,
    ) -> None:
        super().__init__(scope, id)
        self._containers = containers
        self._database = database
        self._name = f"{name}-migrate"
        self._image = psql_image or (database.wait.image if database.wait else DEFAULT_IMAGE)
        place = [database.server.name, database.host, database.port, database.database]
        text = json.dumps([containers.image, place, files.MIGRATE])
        self.release = hashlib.sha256(text.encode()).hexdigest()[:12]
        shared = {files.FOLDER: Volume.scratch("migrations", Size.mebibytes(1))}
        migrate = containers.migrate(database, namespace_of(self))
        self.workload = Workload(
            self,
            "job",
            kind=Kind.JOB,
            labels=Labels("loom-migrate", self._name, "migrations", version(containers.image)),
            init_containers=[
                self._psql("look", files.LOOK, mounts=shared),
                replace(migrate, mounts={**migrate.mounts, **shared}),
            ],
            containers=[self._psql("record", files.RECORD)],
            user=ports.USER,
            # tries go on for half a day: Secrets may come late, and a Job that has failed stays failed
            spec={"backoffLimit": 100},
            pod_spec={"restartPolicy": "OnFailure"},
            # containers beside it would keep it from ending
            options=pod and replace(pod, containers=(), init_containers=()),
        )
        Peer.of(self.workload).calls(database, env={}, connections=connections)
        self.node.default_child = self.workload.manifest

    def wait(self) -> Container:
        """Holds a pod of this release back until its database is ready for it."""
        return self._psql("migrate", files.WAIT, env=self._containers.checked, mounts=self._containers.config_file)

    def _psql(
        self,
        name: str,
        script: str,
        *,
        env: Mapping[str, EnvValue] | None = None,
        mounts: Mapping[str, Volume | Mount] | None = None,
    ) -> Container:
        return Container(
            name=name,
            image=self._image,
            command=["sh", "-c", script],
            env={
                "RELEASE": self.release,
                "IMAGE": self._containers.image,
                "JOB": self._name,
                **libpq_variables(self._database, self._database.host_from(namespace_of(self))),
                **(env or {}),
            },
            resources=Resources.small(),
            mounts={**self._database.mounts, **(mounts or {})},
        )
