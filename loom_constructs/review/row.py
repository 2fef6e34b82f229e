"""One line of the answer."""

from __future__ import annotations

from typing import NamedTuple

ANY = 0
"""In a row: every port."""


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
        number = "any" if self.port == ANY else str(self.port)
        return number if self.protocol == "TCP" else f"{number}/{self.protocol}"
