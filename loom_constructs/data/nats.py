"""NATS with JetStream."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cdk8s import Size
from constructs import Construct

from ..kubernetes import (
    Claim,
    Cpu,
    Kind,
    Labels,
    Login,
    Manifest,
    PodOptions,
    Resources,
    SecretRef,
    ServicePort,
    Workload,
    checks,
    config_map,
    service,
)
from ..kubernetes.image import numbers, pinned, version
from ..kubernetes.quantities import at_least_size, mebibytes, notation
from ..kubernetes.whole import whole
from ..traffic import Endpoint, Peer, Wait, Wire
from .nats_clients import nats_variables, password_variables, tls_variables
from .nats_files import configuration
from .nats_room import Room
from .nats_server import CLIENT_PORT, CLUSTER_PORT, LEAVING, MONITORING_PORT, server_container
from .nats_tls import SERVER_FOLDER, NatsTls
from .nats_user import SYSTEM_USER, NatsUser

LAME_DUCK_GRACE = 10
LAME_DUCK_DURATION = 30
"""Seconds in which a stopping server moves its clients to the others; 30 is the least that NATS allows."""


@whole
class NatsJetStream(Construct):
    """NATS servers with JetStream (StatefulSet), one Service for clients and a headless one for the servers.

    Three servers form a RAFT group: it serves while two of them are up. Each client has a user of its own; nobody
    connects without one. A server that stops moves its clients to the others first (lame duck mode).

    Args:
        users: The clients.
        passwords: Secret with a password for each user and for `sys`: letters, digits, `-`, `_`, `.` and `~` only,
            since they stand in the URLs of clients.
        name: Of the StatefulSet and the Service; the headless one is `<name>-headless`.
        image: NATS 2.12 or newer.
        replicas: 1, or 3 for a cluster.
        storage: Of each server; it can grow and never shrink.
        jetstream_limit: What JetStream may store on each server; without it, four fifths of the claim.
        memory_streams: What streams in memory may take on each server.
        account: The account that all users share.
        tls: Certificates, where no mesh encrypts; without it, connections are in the clear.
        wait_image: A busybox, for clients that wait for NATS; with `tls`, a nats-box of its own.
        pod: What you add to the pods.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    monitoring: Endpoint
    """HTTP without authentication: `/healthz`, `/varz`, `/jsz`."""

    workload: Workload
    """The StatefulSet."""

    service: Manifest
    """What clients connect to."""

    headless_service: Manifest
    """What gives each server its name."""

    config: Manifest
    """The ConfigMap with `nats.conf`."""

    image: str
    """Of the servers."""

    replicas: int
    """How many servers there are."""

    room: Room
    """What the streams may take; each one is declared there."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        users: Sequence[NatsUser],
        passwords: SecretRef,
        name: str = "nats",
        image: str = "nats:2.12.15-alpine",
        replicas: int = 3,
        storage: Claim | None = None,
        jetstream_limit: Size | None = None,
        memory_streams: Size | None = None,
        resources: Resources | None = None,
        account: str = "LOOM",
        tls: NatsTls | None = None,
        wait_image: str = "busybox:1.37.0",
        pod: PodOptions | None = None,
    ) -> None:
        pinned("image", image)
        pinned("wait_image", wait_image)
        if numbers(image) and numbers(image) < (2, 12):
            raise checks.refuse("image", "NATS 2.12 or newer", image)
        checks.service_name("name", name, longest=52 - len("-headless"))
        checks.at_least("replicas", replicas, 1)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", account) or account == "SYS":
            raise checks.refuse("account", "a word other than SYS, the system account", account)
        for user in users or ():
            checks.instance("users", user, NatsUser)
        checks.instance("storage", storage, Claim, type(None))
        checks.instance("resources", resources, Resources, type(None))
        checks.instance("pod", pod, PodOptions, type(None))
        checks.instance("tls", tls, NatsTls, type(None))
        checks.one_of("replicas", replicas, (1, 3))
        if not users:
            raise checks.refuse("users", "at least one NatsUser", users)
        checks.unique("users", (u.name for u in users))
        checks.instance("passwords", passwords, SecretRef)
        storage = storage or Claim(Size.gibibytes(10))
        limit = jetstream_limit or Size.mebibytes(mebibytes(storage.size) * 4 // 5)
        at_least_size("jetstream_limit", limit, Size.mebibytes(1))
        if mebibytes(limit) > mebibytes(storage.size):
            raise checks.refuse("storage", f"at least the jetstream_limit of {notation(limit)}", notation(storage.size))
        resources = resources or Resources(
            cpu=Cpu.millis(100), memory=Size.mebibytes(256), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(512)
        )
        checks.instance("memory_streams", memory_streams, Size, type(None))
        memory_streams = memory_streams or Size.mebibytes(resources.memory_limit // 4)
        if mebibytes(memory_streams) > resources.memory_limit:
            rule = f"at most the memory limit of {resources.memory_limit}Mi"
            raise checks.refuse("memory_streams", rule, notation(memory_streams))
        super().__init__(scope, id)
        self._users = {u.name: u for u in users}
        self.image = image
        self.replicas = replicas
        self.tls = tls
        self.room = Room(name, mebibytes(limit))
        self.node.add_validation(self.room)

        labels = Labels("nats", name, "message-bus", version(image))
        headless = f"{name}-headless"
        self.config = config_map(
            self,
            "config",
            name=f"{name}-config",
            labels=labels,
            files={
                "nats.conf": configuration(
                    name=name,
                    peers=[f"{name}-{i}.{headless}:{CLUSTER_PORT}" for i in range(replicas)] if replicas > 1 else [],
                    ports=(CLIENT_PORT, CLUSTER_PORT, MONITORING_PORT),
                    limits=(mebibytes(memory_streams), mebibytes(limit)),
                    lame_duck=(LAME_DUCK_GRACE, LAME_DUCK_DURATION),
                    account=account,
                    users=users,
                    system_user=SYSTEM_USER,
                    certificates=SERVER_FOLDER if tls else None,
                )
            },
        )
        server = server_container(
            image=image,
            config=self.config.name,
            passwords=password_variables([*self._users, SYSTEM_USER], passwords),
            resources=resources,
            files=tls.server_files if tls else {},
        )
        self.workload = Workload(
            self,
            "server",
            kind=Kind.STATEFUL_SET,
            labels=labels,
            containers=[server],
            user=1000,
            grace=LEAVING + LAME_DUCK_GRACE + LAME_DUCK_DURATION + 20,
            configs=[self.config],
            options=pod,
            spec={
                "serviceName": headless,
                "replicas": replicas,
                # the first server alone never becomes ready: it needs a second one to elect a leader
                "podManagementPolicy": "Parallel",
                "volumeClaimTemplates": [storage.template("data", labels.selector)],
            },
        )
        self.service = service(self, "service", workload=self.workload, ports={"client": ServicePort(CLIENT_PORT)})
        self.headless_service = service(
            self,
            "headless",
            workload=self.workload,
            name=headless,
            headless=True,
            before_ready=True,
            ports={
                "client": ServicePort(CLIENT_PORT),
                "cluster": ServicePort(CLUSTER_PORT),
                "monitoring": ServicePort(MONITORING_PORT),
            },
        )
        here = Peer.of(self.workload)
        self._secret = SecretRef(passwords.name, here.namespace)
        self._wait_image = wait_image
        self.monitoring = Endpoint(here, "monitoring", headless, MONITORING_PORT, wire=Wire.HTTP, scheme="http")
        if replicas > 1:
            here.calls(Endpoint(here, "cluster", headless, CLUSTER_PORT))
        self.node.default_child = self.workload.manifest

    def client(self, user: str) -> Endpoint:
        """Where a client connects, as one of the users; it gets `NATS_URL`."""
        checks.one_of("user", user, list(self._users))
        return Endpoint(
            server=self.monitoring.server,
            name="client",
            host=self.service.name,
            port=CLIENT_PORT,
            scheme="nats",
            login=Login(user, self._secret.key(user)),
            env=tls_variables if self.tls else nats_variables,
            files=self.tls.client_files if self.tls else {},
            wait=self.wait(),
        )

    def wait(self, stream: str | None = None) -> Wait:
        """How a client waits for the servers, or for one of their streams."""
        return self.tls.wait(stream) if self.tls else Wait.nats(self._wait_image, stream)

    def allows(self, argument: str, user: str, subjects: Sequence[str]) -> None:
        """Refuses a user that is unknown, or may not publish to one of these subjects."""
        checks.one_of(argument, user, list(self._users))
        for subject in subjects:
            if not self._users[user].may_publish(subject):
                raise checks.refuse(argument, f"a NatsUser that may publish to {subject}", user)
