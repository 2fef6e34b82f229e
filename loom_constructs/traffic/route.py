"""What is asked of a server: which requests may be repeated, and how long they may take."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..kubernetes.checks import at_least, one_of, refuse

READ_SECONDS = 10
CHANGE_SECONDS = 30
LONG_POLL_SECONDS = 60

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """Some requests of an HTTP or gRPC API, told apart by method and path.

    Made by `read`, `change`, `long_poll` and `grpc`, so that a change is never called repeatable by mistake. Streams
    are no routes: what matches none has no time-out.

    Args:
        name: Unique among the routes of a server.
        method: Of HTTP.
        path: A regular expression that the whole path matches.
        retryable: Whether a failed request may be sent again.
        seconds: How long an answer may take, repetitions included.
    """

    name: str
    method: str
    path: str
    retryable: bool
    seconds: int

    def __post_init__(self) -> None:
        one_of("method", self.method, METHODS)
        at_least("seconds", self.seconds, 1)
        if not isinstance(self.name, str) or not self.name:
            raise refuse("name", "a text", self.name)
        try:
            re.compile(self.path)
        except (re.error, TypeError) as error:
            raise refuse("path", f"a regular expression ({error})", self.path) from error
        if not self.path.startswith("/"):
            raise refuse("path", "a path from the root", self.path)

    @classmethod
    def read(cls, path: str, *, seconds: int = READ_SECONDS) -> Route:
        """A GET: it changes nothing, so it may be sent again."""
        return cls(f"GET {path}", "GET", path, True, seconds)

    @classmethod
    def change(cls, method: str, path: str, *, seconds: int = CHANGE_SECONDS) -> Route:
        """A POST, PUT, PATCH or DELETE: sent again it might act twice."""
        one_of("method", method, ("POST", "PUT", "PATCH", "DELETE"))
        return cls(f"{method} {path}", method, path, False, seconds)

    @classmethod
    def long_poll(cls, method: str, path: str, *, seconds: int = LONG_POLL_SECONDS) -> Route:
        """A request that is held until there is news."""
        return cls(f"{method} {path}", method, path, False, seconds)

    @classmethod
    def grpc(cls, service: str, method: str, *, reads: bool, seconds: int | None = None) -> Route:
        """A unary gRPC method.

        Args:
            reads: Whether it changes nothing; then it may be sent again, though each gRPC call is a POST.
        """
        path = f"/{service}/{method}".replace(".", r"\.")
        return cls(f"{service}/{method}", "POST", path, reads, seconds or (READ_SECONDS if reads else CHANGE_SECONDS))
