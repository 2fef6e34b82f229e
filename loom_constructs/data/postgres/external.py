"""The external engine: a PostgreSQL server that somebody else runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from cdk8s import Size

from ...kubernetes import checks
from ...kubernetes.image import pinned
from ...kubernetes.quantities import at_least_size, mebibytes
from ...traffic import EVERYWHERE, PRIVATE_NETWORKS, Peer, Tls
from .budget import RESERVED_CONNECTIONS
from .served import Served, user_of


def _storage() -> Size:
    return Size.gibibytes(10)


@dataclass(frozen=True, kw_only=True)
class ExternalPostgres:
    """A managed database: nothing is rendered but what its clients need.

    Roles and databases must exist; docs/how-to/move-postgres.md has the SQL that makes them.

    Args:
        host: Its DNS name or address.
        tls: How clients use TLS. Data leaves the cluster's network, so there is no default.
        networks: Its addresses (CIDR), for network policies; without them, all public addresses.
        client_image: The official image of the server's major version, for waits, dumps and restores.
        user: The user id of that image's `postgres`; without it, 70 for an alpine tag and 999 for any other tag.
        storage: How large its data can get; the scratch space of a restore drill follows from it.
        max_connections: What the server allows; checked against the declared calls at synthesis.
    """

    host: str
    tls: Tls
    port: int = 5432
    networks: tuple[str, ...] = ()
    client_image: str = "postgres:15-alpine"
    user: int | None = None
    storage: Size = field(default_factory=_storage)
    max_connections: int = 200

    def __post_init__(self) -> None:
        checks.dns_name("host", self.host)
        checks.port("port", self.port)
        checks.instance("tls", self.tls, Tls)
        checks.instance("networks", self.networks, tuple)
        pinned("client_image", self.client_image)
        if self.user is None:
            user_of(self.client_image)
        at_least_size("storage", self.storage, Size.gibibytes(1))
        checks.at_least("max_connections", self.max_connections, RESERVED_CONNECTIONS + 1)
        self.served("external")  # a Peer knows what is wrong with networks

    def served(self, name: str) -> Served:
        """What clients need.

        Args:
            name: How policies, pictures and messages call it.
        """
        if self.networks:
            peer = Peer.outside(name, *self.networks)
        else:
            peer = Peer.outside(name, EVERYWHERE[0], excluded=PRIVATE_NETWORKS)
        return Served(
            peer=peer,
            host=self.host,
            port=self.port,
            tls=self.tls,
            image=self.client_image,
            user=self.user if self.user is not None else user_of(self.client_image),
            storage_mebibytes=mebibytes(self.storage),
            max_connections=self.max_connections,
        )
