"""Jobs of Temporal's own tools."""

from __future__ import annotations

from collections.abc import Mapping

from cdk8s import Size
from constructs import Construct

from ...kubernetes import Container, Cpu, EnvValue, Kind, Labels, PodOptions, Resources, Volume, Workload
from ...kubernetes.image import version
from .roles import USER


class TemporalJob(Construct):
    """A Job that runs a script with Temporal's tools once for each of its contents. Made by `Temporal`."""

    workload: Workload
    """The Job."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        image: str,
        script: str,
        env: Mapping[str, EnvValue],
        pod: PodOptions | None,
    ) -> None:
        super().__init__(scope, id)
        container = Container(
            name=id,
            image=image,
            command=["sh", "-c", script],
            env={"HOME": "/tmp", **env},
            resources=Resources(
                cpu=Cpu.millis(50), memory=Size.mebibytes(64), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(256)
            ),
            mounts={"/tmp": Volume.scratch("tmp", Size.mebibytes(64))},
        )
        self.workload = Workload(
            self,
            "job",
            kind=Kind.JOB,
            labels=Labels(name, name, "workflows", version(image)),
            containers=[container],
            user=USER,
            # tries go on for half a day: Secrets may come late, and a Job that has failed stays failed
            spec={"backoffLimit": 100},
            pod_spec={"restartPolicy": "OnFailure"},
            options=pod,
        )
        self.node.default_child = self.workload.manifest
