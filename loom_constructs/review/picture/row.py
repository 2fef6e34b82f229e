"""What is drawn: rows of who calls whom."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from ..row import port_words

_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/.")


class Row(Protocol):
    """One client may reach one port of one server."""

    @property
    def client(self) -> str:
        """Who calls: `namespace/name`, or any other name for what is outside the cluster."""

    @property
    def server(self) -> str:
        """Who is called; named as clients are."""

    @property
    def port(self) -> int:
        """The port that the server listens on."""

    @property
    def protocol(self) -> str:
        """TCP, UDP or SCTP."""

    @property
    def identity(self) -> str | None:
        """The identity that the server asks for with mutual TLS: `serviceaccount.namespace`; None: it asks for none."""


class Call(NamedTuple):
    """A row as the pictures keep it."""

    client: str
    server: str
    port: int
    protocol: str
    identity: str | None

    @property
    def port_label(self) -> str:
        """`4222`; with the protocol where that is not TCP: `53/UDP`."""
        return port_words(self.port, self.protocol)


def calls(rows: Iterable[Row]) -> list[Call]:
    """The rows in the order of the pictures, each once: the same rows in another order make the same picture."""
    found = {Call(plain(r.client), plain(r.server), r.port, plain(r.protocol), _plain(r.identity)) for r in rows}
    return sorted(found, key=lambda c: (c.client, c.server, c.port, c.protocol, c.identity or ""))


def namespace_of(name: str) -> str | None:
    """The namespace that a peer's name says; None for what is outside the cluster, also `10.0.0.0/8`."""
    return name.partition("/")[0] if _NAMESPACE.match(name) else None


def plain(text: str) -> str:
    """The text without characters that are not seen (line ends, controls, changes of direction)."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c)[0] == "C" else c for c in text)


def _plain(text: str | None) -> str | None:
    return None if text is None else plain(text)
