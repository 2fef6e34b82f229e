"""What the streams of a NATS server may take."""

from __future__ import annotations

import jsii
from cdk8s import Size
from constructs import IValidation

from ..kubernetes import checks
from ..kubernetes.quantities import mebibytes


@jsii.implements(IValidation)
class Room:
    """The streams that were declared; together they fit into what JetStream may store, or synthesis fails.

    Args:
        server: What messages call it.
        limit: MiB on each server. A stream with fewer replicas than servers counts as if it were on each.
    """

    def __init__(self, server: str, limit: int) -> None:
        self._server = server
        self._limit = limit
        self._streams: dict[str, int] = {}

    def declare(self, stream: str, max_bytes: Size) -> None:
        """Reserves room for a stream."""
        checks.unique("stream", [*self._streams, stream])
        self._streams[stream] = mebibytes(max_bytes)

    def validate(self) -> list[str]:
        """What is wrong, as cdk8s asks."""
        wanted = sum(self._streams.values())
        if wanted <= self._limit:
            return []
        listed = ", ".join(f"{name} {size}Mi" for name, size in self._streams.items())
        return [
            f"NatsJetStream {self._server} may store {self._limit}Mi on a server, and its streams {wanted}Mi "
            f"({listed}); give it more storage, or a stream a smaller max_bytes"
        ]
