"""The language model that Loom works with."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ..kubernetes import SecretKey
from ..kubernetes.checks import instance, refuse
from ..traffic import Endpoint, Peer, Wire


@dataclass(frozen=True)
class LlmProvider:
    """An OpenAI-compatible service.

    Args:
        url: Its base, such as `https://api.openai.com/v1`.
        model: The model that agents ask for.
        api_key: Where its key is; an optional one that is missing does not hold a start up.
        server: Who serves it; without one, something on the internet.
    """

    url: str
    model: str
    api_key: SecretKey
    server: Peer | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise refuse("url", "an http or https URL", self.url)
        try:
            self.endpoint.port  # noqa: B018  (the host and the port are checked there)
        except ValueError as error:
            raise refuse("url", f"a URL with a good host and port ({error})", self.url) from error
        if not isinstance(self.model, str) or not self.model:
            raise refuse("model", "the name of a model", self.model)
        # a literal would be rendered, and committed
        instance("api_key", self.api_key, SecretKey)

    @property
    def endpoint(self) -> Endpoint:
        """Where it is reached; it configures nothing by itself, since each program has its own names for it."""
        parts = urlsplit(self.url)
        return Endpoint(
            server=self.server or Peer.internet(),
            name="api",
            host=parts.hostname or "",
            port=parts.port or (443 if parts.scheme == "https" else 80),
            wire=Wire.HTTP if parts.scheme == "http" else Wire.OPAQUE,
            required=False,
        )
