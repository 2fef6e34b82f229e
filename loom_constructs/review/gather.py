"""Many ends and ports in few words."""

from __future__ import annotations

from collections.abc import Iterator

from .ends import End, Pod
from .paths import Paths

Pair = tuple[str, str]


class Gathered:
    """Collects what is open between whom, and says it once for each pair.

    Strangers with labels are left out where a stranger without any in the same namespace has the same: they show
    nothing more.
    """

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self._found: dict[tuple[End, End], dict[tuple[int, str], str | None]] = {}

    def add(self, client: End, server: End, port: int, protocol: str, note: str | None) -> None:
        """Remembers one port that is open."""
        self._found.setdefault((client, server), {})[port, protocol] = note

    def _pairs(self) -> Iterator[tuple[End, End, dict[tuple[int, str], str | None]]]:
        for (client, server), ports in self._found.items():
            said = False
            for plain_client in (client, self._plain(client)):
                for plain_server in (server, self._plain(server)):
                    if (plain_client, plain_server) != (client, server):
                        covering = self._found.get((plain_client, plain_server), {})
                        said = said or ports.keys() <= covering.keys()
            if not said:
                yield client, server, ports

    def _plain(self, end: End) -> End:
        """The stranger without labels who stands for one with labels."""
        if isinstance(end, Pod) and not end.known and end.labels:
            for other in self.paths.ends.all:
                if isinstance(other, Pod) and not other.known and not other.labels and other.namespace == end.namespace:
                    return other
        return end

    def lines(self) -> list[tuple[str, str, str]]:
        """Client, server and ports, in order; notes are identities."""
        found: dict[Pair, dict[tuple[int, str], str | None]] = {}
        for client, server, ports in self._pairs():
            found.setdefault((client.name, server.name), {}).update(ports)
        lines = []
        for (client_name, server_name), ports in sorted(found.items()):
            words = self.words(ports)
            known = sorted({n for n in ports.values() if n})
            lines.append((client_name, server_name, words + (f" as {', '.join(known)}" if known else "")))
        return lines

    def with_notes(self) -> list[tuple[str, str, str, str]]:
        """Client, server, ports and the note that is common to them, in order."""
        found: dict[tuple[str, str, str], dict[tuple[int, str], str | None]] = {}
        for client, server, ports in self._pairs():
            for port, note in ports.items():
                found.setdefault((client.name, server.name, note or ""), {})[port] = note
        return [(c, s, self.words(ports), note) for (c, s, note), ports in sorted(found.items())]

    def words(self, ports: dict[tuple[int, str], str | None]) -> str:
        """`5432`, `53/UDP,53`, `any port`."""
        said = []
        for protocol, unmentioned in self.paths.unmentioned.items():
            numbers = sorted(n for n, p in ports if p == protocol)
            suffix = "" if protocol == "TCP" else f"/{protocol}"
            if unmentioned in numbers:
                said.append(f"any{suffix}")
            else:
                said += [f"{n}{suffix}" for n in numbers]
        return "any port" if len(said) == 3 and all(s.startswith("any") for s in said) else ",".join(said)
