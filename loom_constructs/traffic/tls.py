"""TLS between a client and PostgreSQL, in libpq's words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..kubernetes import ConfigMapKey, Mount, SecretKey, Volume, checks

FOLDER = "/etc/postgresql-ca"
FILE = "ca.crt"


class SslMode(StrEnum):
    """What a client insists on (libpq's `sslmode`). What falls back to plain text, such as `prefer`, is not offered."""

    DISABLE = "disable"
    """No TLS: the mesh encrypts, or nothing does."""

    REQUIRE = "require"
    """Encrypted, whoever answers."""

    VERIFY_CA = "verify-ca"
    """The server's certificate comes from the authority."""

    VERIFY_FULL = "verify-full"
    """And it is made out to the host that the client asked for."""


@dataclass(frozen=True)
class Tls:
    """How clients of a PostgreSQL server use TLS.

    Args:
        mode: What they insist on.
        ca: The certificate of the authority (PEM). Clients mount it; of a Secret, this entry alone.
    """

    mode: SslMode = SslMode.VERIFY_FULL
    ca: SecretKey | ConfigMapKey | None = None

    def __post_init__(self) -> None:
        checks.one_of("mode", self.mode, list(SslMode))
        object.__setattr__(self, "mode", SslMode(self.mode))
        checks.instance("ca", self.ca, SecretKey, ConfigMapKey, type(None))
        if self.ca is None and self.mode in (SslMode.VERIFY_CA, SslMode.VERIFY_FULL):
            raise checks.refuse("ca", f"given for mode {self.mode.value}: it is what certificates are checked by", None)
        if self.ca is not None and self.mode is SslMode.DISABLE:
            raise checks.refuse("ca", "None for mode disable", self.ca)

    def file(self, server: str) -> str | None:
        """Where a client has the authority's certificate; named after the server, since a client may use several."""
        return f"{FOLDER}/{server}/{FILE}" if self.ca else None

    def mounts(self, server: str) -> dict[str, Volume | Mount]:
        """What makes that file."""
        if self.ca is None:
            return {}
        item = [{"key": self.ca.key, "path": FILE}]
        if isinstance(self.ca, SecretKey):
            source = {"secret": {"secretName": self.ca.secret.name, "items": item}}
        else:
            source = {"configMap": {"name": self.ca.config_map, "items": item}}
        return {f"{FOLDER}/{server}": Mount(Volume(f"ca-{server}"[:63].rstrip("-"), source), read_only=True)}
