"""What a PostgreSQL server of any engine tells those who use it."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import IConstruct

from ...kubernetes import checks
from ...kubernetes.image import tag
from ...traffic import Peer, Tls


@dataclass(frozen=True)
class Served:
    """Where a server is, and with what its clients are made.

    Args:
        peer: Its pods or addresses.
        image: An image with PostgreSQL's programs, of the server's major version: for waits, dumps and restores.
        user: The user id of that image's `postgres`.
        storage_mebibytes: How large its data can get.
        max_connections: Of all clients together.
        main: The object that most people mean by it, if there is one.
    """

    peer: Peer
    host: str
    port: int
    tls: Tls | None
    image: str
    user: int
    storage_mebibytes: int
    max_connections: int
    main: IConstruct | None = None


def user_of(image: str, argument: str = "user") -> int:
    """The user id of `postgres` in an official image: 70 in those of Alpine, 999 in those of Debian."""
    if not tag(image):
        raise checks.refuse(argument, "given for an image without a tag (70 for alpine, 999 for Debian)", None)
    return 70 if "alpine" in tag(image) else 999
