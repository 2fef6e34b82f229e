"""A port that is served, and what a client must know to use it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..kubernetes import EnvValue, Login, Mount, Volume, checks
from .peer import Peer
from .route import Route
from .tls import Tls
from .wait import Wait
from .wire import Wire

if TYPE_CHECKING:
    from .call import Call


def _nothing(endpoint: Endpoint, host: str) -> Mapping[str, EnvValue]:
    return {}


@dataclass(frozen=True)
class Endpoint:
    """A port that a peer serves, plus what a client must know: address, protocol, login, variables.

    Our constructs hand them out. For a server that somebody else runs, write one:

        Endpoint(Peer.outside("rds", "10.20.0.0/16"), "sql", "db.example.org", 5432,
                 database="loom", login=Login.of(SecretRef("rds-login")),
                 wait=Wait.postgres("postgres:15-alpine", "loom"))

    Args:
        server: Who serves it.
        name: Unique among the endpoints of the server.
        host: The name of its Service; or, outside the cluster, its DNS name.
        port: What clients connect to.
        wire: What is spoken, as a mesh needs to know it.
        scheme: What is spoken, as a URL says it: `postgresql`, `nats`, `http`, `grpc`. Where it is given, constructs
            refuse an endpoint of another kind than they need.
        pooled: Whether a pooler that pools by transaction is in between.
        database: For PostgreSQL: the database.
        login: Who clients log in as.
        env: The variables that a client gets; called with this endpoint and the host as that client sees it.
        files: What a client mounts, by path, such as the certificate that it trusts.
        wait: How a client waits for it; without one, it does not.
        required: Whether clients need it to start, unless they say otherwise.
        target_port: The port of the server's pods, where the Service has another one (`targetPort`).
        routes: What is asked there, for retries and time-outs in a mesh.
        tls: For PostgreSQL: how clients use TLS; without it they say nothing about it.
    """

    server: Peer
    name: str
    host: str
    port: int
    wire: Wire = Wire.OPAQUE
    scheme: str = ""
    pooled: bool = False
    database: str | None = None
    login: Login | None = field(default=None, compare=False, repr=False)
    env: Callable[[Endpoint, str], Mapping[str, EnvValue]] = field(default=_nothing, compare=False, repr=False)
    files: Mapping[str, Volume] = field(default_factory=dict, compare=False, repr=False)
    wait: Wait | None = field(default=None, compare=False, repr=False)
    required: bool = True
    target_port: int | None = None
    routes: tuple[Route, ...] = field(default=(), compare=False, repr=False)
    tls: Tls | None = None

    def __post_init__(self) -> None:
        checks.instance("server", self.server, Peer)
        checks.one_of("wire", self.wire, list(Wire))
        checks.dns_label("name", self.name)
        checks.dns_name("host", self.host)
        checks.port("port", self.port)
        if self.target_port is not None:
            checks.port("target_port", self.target_port)
        checks.instance("tls", self.tls, Tls, type(None))
        if self.tls is not None and self.scheme not in ("", "postgresql"):
            raise checks.refuse("tls", "None for an endpoint that does not speak postgresql", self.scheme)
        for route in self.routes:
            checks.instance("routes", route, Route)
        if self.routes and self.wire is Wire.OPAQUE:
            raise checks.refuse("wire", "HTTP or GRPC for an endpoint with routes", self.wire.value)
        if self.database is not None and not re.fullmatch(r"[A-Za-z0-9_.-]{1,63}", self.database):
            raise checks.refuse("database", "letters, digits, '_', '-' and '.', at most 63", self.database)

    @classmethod
    def internet(cls, port: int) -> Endpoint:
        """A port of all public addresses: 443 for APIs and git over HTTPS, 22 for git over SSH."""
        return cls(Peer.internet(), f"port-{port}", "internet", port, required=False)

    @classmethod
    def api_server(cls, *networks: str, port: int = 6443) -> Endpoint:
        """The API server of the cluster, for a client that needs it.

        Args:
            networks: Its own addresses, not that of Service `kubernetes`: policies see where packets really go.
        """
        if not networks:
            raise checks.refuse("networks", "the API server's addresses, such as 10.0.0.1/32", networks)
        server = Peer.outside("kube-apiserver", *networks)
        return cls(server, "https", "kubernetes.default.svc", port, required=False)

    @property
    def pod_port(self) -> int:
        """Where packets arrive at the server's pods."""
        return self.target_port or self.port

    def expected(self, argument: str, scheme: str) -> None:
        """Refuses to be used as something else than it is.

        Raises:
            ValueError: It is known to speak another protocol.
        """
        if self.scheme not in ("", scheme):
            what = f"{self.server.name}:{self.name} ({self.scheme})"
            raise checks.refuse(argument, f"an Endpoint that speaks {scheme}", what)

    def host_from(self, namespace: str) -> str:
        """The host as a client in this namespace writes it."""
        if self.server.is_outside or namespace == self.server.namespace:
            return self.host
        return f"{self.host}.{self.server.namespace}.svc"

    def address_from(self, namespace: str) -> str:
        """`host:port` as a client in this namespace writes it."""
        return f"{self.host_from(namespace)}:{self.port}"

    @property
    def tls_variables(self) -> Mapping[str, EnvValue]:
        """TLS, in the variables that libpq and most drivers read."""
        if self.tls is None:
            return {}
        file = self.tls.file(self.server.name)
        return {"PGSSLMODE": self.tls.mode.value, **({"PGSSLROOTCERT": file} if file else {})}

    @property
    def mounts(self) -> Mapping[str, Volume | Mount]:
        """What a client mounts; a call does so in all main containers, and in the one that waits."""
        return {**self.files, **(self.tls.mounts(self.server.name) if self.tls else {})}

    def with_tls(self, tls: Tls | None) -> Endpoint:
        """The same endpoint for a client that has the authority's certificate elsewhere."""
        return replace(self, tls=tls)

    def with_login(self, login: Login) -> Endpoint:
        """The same endpoint for a client that brings its own login, from a Secret in its own namespace."""
        return replace(self, login=login)

    def allow_from(self, client: Peer, *, env: Mapping[str, EnvValue] | None = None) -> Call:
        """Says the same as `client.calls(self)`, from the server's side."""
        return client.calls(self, env=env)
