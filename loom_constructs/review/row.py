"""One line of the answer."""

from __future__ import annotations

from typing import NamedTuple

ANY = 0
"""In a row: every port."""


def port_words(port: int, protocol: str) -> str:
    """A port as people write it; with the protocol where that is not TCP."""
    number = "any" if port == ANY else str(port)
    return number if protocol == "TCP" else f"{number}/{protocol}"


class Row(NamedTuple):
    """A client that effectively reaches a server's port.

    Args:
        port: `ANY` where every port is open.
        identity: What the server knows the client by, through the mesh; None past it.
    """

    client: str
    server: str
    port: int
    protocol: str
    identity: str | None

    @property
    def port_words(self) -> str:
        """`4222`, `53/UDP`, `any`."""
        return port_words(self.port, self.protocol)
