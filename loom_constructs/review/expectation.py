"""The file that says who is meant to reach whom."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from .row import port_words


@dataclass(frozen=True)
class Peer:
    """One end of intended calls: pods with these labels, or addresses.

    Args:
        labels: Without any, every pod of the namespace.
        networks: For something outside the cluster: its addresses, without the exceptions.
    """

    name: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    service_account: str = "default"
    meshed: bool = False
    networks: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()

    @property
    def is_outside(self) -> bool:
        """Whether it is addresses."""
        return bool(self.networks)

    @property
    def is_anywhere(self) -> bool:
        """Whether it is every address, those of pods too."""
        return not self.exceptions and any(n in ("0.0.0.0/0", "::/0") for n in self.networks)

    def owns(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Whether pods with these labels are of this peer."""
        return not self.is_outside and namespace == self.namespace and self.labels.items() <= labels.items()


@dataclass(frozen=True)
class Call:
    """Somebody who is meant to reach somebody's port.

    Args:
        identity: What the server knows the client by, through the mesh: `<serviceaccount>.<namespace>`.
    """

    client: str
    server: str
    port: int
    protocol: str = "TCP"
    identity: str | None = None

    def __str__(self) -> str:
        known = f" as {self.identity}" if self.identity else ""
        return f"{self.client} -> {self.server}:{port_words(self.port, self.protocol)}{known}"


@dataclass(frozen=True)
class Expectation:
    """What is meant.

    Args:
        mesh: Whether Linkerd runs.
    """

    mesh: bool
    peers: Mapping[str, Peer]
    calls: tuple[Call, ...]

    @classmethod
    def read(cls, path: str | Path) -> Expectation:
        """From a JSON file.

        Raises:
            ValueError: It is not what it should be.
        """
        try:
            return cls.of(json.loads(Path(path).read_text()))
        except OSError as error:
            raise ValueError(f"expectation must be a file, got {str(path)!r}") from error
        except json.JSONDecodeError as error:
            raise ValueError(f"{path} must be JSON: {error}") from error

    @classmethod
    def of(cls, text: Mapping[str, Any]) -> Expectation:
        """From the parsed file.

        Raises:
            ValueError: A call names a peer that is not there, or something has a wrong value.
        """
        for key in ("mesh", "peers", "calls"):
            if key not in text:
                raise ValueError(f"expectation must have {key}, got {sorted(text)}")
        peers = {name: _peer(name, peer) for name, peer in text["peers"].items()}
        calls = tuple(
            Call(c["from"], c["to"], c["port"], c.get("protocol") or "TCP", c.get("identity")) for c in text["calls"]
        )
        for call in calls:
            for end in (call.client, call.server):
                if end not in peers:
                    raise ValueError(f"calls must name peers of the expectation, got {end!r}")
            if not isinstance(call.port, int) or not 0 < call.port < 65536:
                raise ValueError(f"port of a call must be a number from 1 to 65535, got {call.port!r}")
            if call.protocol not in ("TCP", "UDP", "SCTP"):
                raise ValueError(f"protocol of a call must be TCP, UDP or SCTP, got {call.protocol!r}")
        return cls(bool(text["mesh"]), peers, calls)


def _peer(name: str, text: Mapping[str, Any]) -> Peer:
    if not text.get("networks") and not text.get("namespace"):
        raise ValueError(f"peer {name} must have a namespace or networks, got {sorted(text)}")
    networks, exceptions = tuple(text.get("networks") or ()), tuple(text.get("except") or ())
    for network in (*networks, *exceptions):
        try:
            ip_network(network)
        except ValueError as error:
            raise ValueError(f"networks of {name} must be addresses such as 10.0.0.0/16, got {network!r}") from error
    return Peer(
        name,
        text.get("namespace") or "",
        text.get("labels") or {},
        text.get("serviceAccount") or "default",
        bool(text.get("meshed")),
        networks,
        exceptions,
    )
