"""Which part of the answer is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .review import Review
from .row import ANY, Row


@dataclass(frozen=True)
class Choice:
    """A client, a server and a port; None for all.

    Args:
        protocol: Of the port.
    """

    client: str | None = None
    server: str | None = None
    port: int | None = None
    protocol: str = "TCP"

    @classmethod
    def of(cls, review: Review, client: str | None, server: str | None) -> Choice:
        """From what the user typed: names with or without their namespace, `NAME:PORT`, `NAME:53/UDP`.

        Raises:
            ValueError: Nobody or several are called so, or the port is none.
        """
        names = {e.name: e.known for e in review.world.ends.all}
        if server is None:
            return cls(client and _name("--from", client, names))
        name, colon, port = server.rpartition(":")
        if not colon or not port[:1].isdigit():
            return cls(client and _name("--from", client, names), _name("--to", server, names))
        number, _, protocol = port.partition("/")
        if not number.isdigit() or not 0 < int(number) < 65536 or protocol not in ("", "TCP", "UDP", "SCTP"):
            raise ValueError(f"--to must be NAME, NAME:PORT or NAME:PORT/PROTOCOL, got {server!r}")
        chosen = client and _name("--from", client, names)
        return cls(chosen, _name("--to", name, names), int(number), protocol or "TCP")

    def among(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that it is about."""
        return [
            r
            for r in rows
            if (self.client in (None, r.client))
            and (self.server in (None, r.server))
            and (self.port is None or (r.port in (ANY, self.port) and r.protocol == self.protocol))
        ]


def _name(argument: str, wanted: str, names: Mapping[str, bool]) -> str:
    if wanted in names:
        return wanted
    known = sorted(n for n in names if names[n])
    short = [n for n in known if n.partition("/")[2] == wanted]
    if len(short) == 1:
        return short[0]
    raise ValueError(f"{argument} must be one of {', '.join(short or known)}, got {wanted!r}")
