"""A stream of NATS JetStream."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from cdk8s import Duration, Size
from constructs import Construct

from ..kubernetes import (
    Container,
    Cpu,
    Kind,
    Labels,
    Manifest,
    PodOptions,
    Probe,
    Resources,
    Volume,
    Workload,
    checks,
    config_map,
)
from ..kubernetes.image import pinned, version
from ..kubernetes.quantities import at_least_size
from ..kubernetes.whole import whole
from ..traffic import Endpoint, Peer
from . import nats_stream_scripts as scripts
from .nats import NatsJetStream

USER = 1000
"""Who runs nats-box; it needs no user of its own."""


class Retention(StrEnum):
    """When a message goes."""

    LIMITS = "limits"
    INTEREST = "interest"
    WORK_QUEUE = "workqueue"


class Discard(StrEnum):
    """What happens when the stream is full."""

    OLD = "old"
    NEW = "new"


@whole
class NatsStream(Construct):
    """A stream on disk, made by a Job; on three servers also a Deployment that holds its number of replicas.

    - Job `<name>-<hash>`: makes the stream if it is not there. One that is there is edited if nothing is lost;
      fewer bytes, a shorter age, another retention or a subject less are refused, and the Job fails.
    - Deployment `<name>-replicas`: gives the stream its replicas back when a program takes them, and says in its log
      for how long they were missing. It touches nothing else.

    Programs that need the stream call `client(...)` of it instead of the server's: they wait until it is there.

    Args:
        nats: The servers; a stream has a replica on each.
        stream: Its name in NATS.
        subjects: What it keeps, such as `shop.>`.
        max_bytes: Of each replica; the streams of a server share its `jetstream_limit`.
        max_age: After which a message goes.
        user: Who makes it: `NatsUser.keeper(stream)`.
        name: Of the objects; without it, `<stream>-stream` in lower case.
        image: nats-box 0.19 or newer: `nats`, `jq` and a shell.
        check_every: How often the Deployment looks although nothing was said; None: nobody holds the replicas.
        pod: What you add to all pods.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    job: Workload
    """The Job that makes the stream."""

    keeper: Workload | None
    """The Deployment that holds its replicas; None on one server."""

    stream: str
    """Its name in NATS."""

    max_bytes: Size
    """Of each replica."""

    image: str
    """The nats-box."""

    nats: NatsJetStream
    """The servers."""

    config: Manifest
    """The ConfigMap with the stream's settings and the scripts."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        nats: NatsJetStream,
        stream: str,
        subjects: Sequence[str],
        max_bytes: Size,
        max_age: Duration,
        retention: Retention = Retention.LIMITS,
        discard: Discard = Discard.OLD,
        user: str = "stream",
        name: str | None = None,
        image: str = "natsio/nats-box:0.19.7",
        check_every: Duration | None = None,
        resources: Resources | None = None,
        pod: PodOptions | None = None,
    ) -> None:
        checks.instance("nats", nats, NatsJetStream)
        if not isinstance(stream, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,63}", stream):
            raise checks.refuse("stream", "letters, digits, '-' and '_', at most 63", stream)
        checks.texts("subjects", subjects)
        if not subjects:
            raise checks.refuse("subjects", "at least one", subjects)
        checks.unique("subjects", subjects)
        at_least_size("max_bytes", max_bytes, Size.mebibytes(1))
        for argument, duration in (("max_age", max_age), ("check_every", check_every)):
            checks.instance(argument, duration, Duration, *([type(None)] if argument == "check_every" else []))
            if duration is not None and duration.to_milliseconds() < 1000:
                raise checks.refuse(argument, "at least a second", duration.to_human_string())
        checks.instance("retention", retention, Retention)
        checks.instance("discard", discard, Discard)
        pinned("image", image)
        name = name or f"{stream.lower().replace('_', '-')}-stream"
        checks.service_name("name", name, longest=52 - len("-replicas"))
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        nats.allows("user", user, [f"$JS.API.STREAM.{call}.{stream}" for call in ("INFO", "CREATE", "UPDATE")])
        super().__init__(scope, id)
        nats.room.declare(stream, max_bytes)
        self.stream = stream
        self.max_bytes = max_bytes
        self.image = image
        self.nats = nats
        self._resources = resources or Resources(
            cpu=Cpu.millis(10), memory=Size.mebibytes(32), cpu_limit=Cpu.millis(250), memory_limit=Size.mebibytes(128)
        )
        self._pod = pod
        self._endpoint = nats.client(user)
        settings = {
            "name": stream,
            "subjects": list(subjects),
            "retention": retention.value,
            "storage": "file",
            "max_bytes": int(max_bytes.to_kibibytes()) * 1024,
            "max_age": int(max_age.to_milliseconds()) * 1_000_000,
            "discard": discard.value,
            "num_replicas": nats.replicas,
        }
        self.config = config_map(
            self,
            "config",
            name=f"{name}-config",
            labels=Labels("nats-stream", name, "stream", version(image)),
            files={
                "stream.json": json.dumps(settings, indent=2) + "\n",
                "make.sh": scripts.MAKE,
                "hold.sh": scripts.HOLD,
            },
        )
        self.job = self._workload(
            "job",
            kind=Kind.JOB,
            labels=Labels("nats-stream", name, "stream", version(image)),
            script="make",
            env={},
            # tries go on for half a day: Secrets may come late, and a Job that has failed stays failed
            spec={"backoffLimit": 100},
            pod_spec={"restartPolicy": "OnFailure"},
        )
        self.keeper = None
        if nats.replicas > 1 and check_every is not None:
            self.keeper = self._workload(
                "keeper",
                kind=Kind.DEPLOYMENT,
                labels=Labels("nats-stream-replicas", f"{name}-replicas", "stream", version(image)),
                script="hold",
                env={"REPLICAS": str(nats.replicas), "PERIOD": str(int(check_every.to_seconds()))},
                spec={"replicas": 1},
                pod_spec={},
                readiness=Probe.command(["sh", "-c", scripts.ANSWERED], period=10, failures=3),
                liveness=Probe.command(["sh", "-c", scripts.LOOKED], period=30, failures=3),
            )
        self.node.default_child = self.job.manifest

    def client(self, user: str) -> Endpoint:
        """Where a client connects, as one of the server's users; it waits until the stream is there."""
        self.nats.allows("user", user, [f"$JS.API.STREAM.INFO.{self.stream}"])
        return replace(self.nats.client(user), wait=self.nats.wait(self.stream))

    def _workload(
        self,
        id: str,
        *,
        kind: Kind,
        labels: Labels,
        script: str,
        env: dict[str, str],
        spec: dict[str, Any],
        pod_spec: dict[str, Any],
        readiness: Probe | None = None,
        liveness: Probe | None = None,
    ) -> Workload:
        workload = Workload(
            self,
            id,
            kind=kind,
            labels=labels,
            containers=[
                Container(
                    name=script,
                    image=self.image,
                    command=["sh", f"{scripts.FILES}/{script}.sh"],
                    env={"HOME": "/tmp", "FILES": scripts.FILES, "STREAM": self.stream, **env},
                    resources=self._resources,
                    readiness=readiness,
                    liveness=liveness,
                    mounts={
                        scripts.FILES: Volume.config("files", self.config.name),
                        "/tmp": Volume.scratch("tmp", Size.mebibytes(16)),
                    },
                )
            ],
            user=USER,
            spec=spec,
            pod_spec=pod_spec,
            configs=[self.config],
            options=self._pod,
        )
        Peer.of(workload).calls(self._endpoint)
        return workload
