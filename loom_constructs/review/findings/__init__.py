"""What is wrong whoever is meant to reach whom: one line each, with the object and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..review import Review
from . import authentications, authorizations, dns, internet, mesh, opaque, ports, selectors, servers, versions

TOPICS: tuple[Callable[[Review], Iterator[str]], ...] = (
    versions.find,
    selectors.find,
    ports.find,
    dns.find,
    internet.find,
    mesh.find,
    servers.find,
    authorizations.find,
    authentications.find,
    opaque.find,
)


def findings(review: Review) -> list[str]:
    """Everything that is wrong, each once."""
    return list(dict.fromkeys(line for topic in TOPICS for line in topic(review)))
