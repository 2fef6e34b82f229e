"""Loom's part of the message bus: its stream, and what each program says and hears there.

Read from the programs, as designed and as released. All answers come in `_INBOX.>`: the programs set no prefix of their
own, so a user cannot be held to an inbox of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdk8s import Duration, Size

STREAM = "LOOM"
SUBJECTS = ("loom.>",)
MAX_AGE = Duration.hours(24)
MAX_BYTES = Size.gibibytes(1)
"""As the released programs set them at each start; anything else here would be set back by them."""


@dataclass(frozen=True)
class BusGrant:
    """What a program may do on the bus.

    Args:
        publish: Subjects that it publishes to, JetStream's API among them.
        subscribe: Subjects that it hears without the stream.
    """

    publish: tuple[str, ...]
    subscribe: tuple[str, ...] = ()


_LOOKS = (f"$JS.API.STREAM.INFO.{STREAM}",)

_MAKES = (*_LOOKS, f"$JS.API.STREAM.CREATE.{STREAM}", f"$JS.API.STREAM.UPDATE.{STREAM}", "$JS.API.STREAM.NAMES")
"""At each start the released programs make or edit the stream; who may not, works without the bus from then on."""

_CONSUMES = (
    f"$JS.API.CONSUMER.CREATE.{STREAM}.>",
    f"$JS.API.CONSUMER.DURABLE.CREATE.{STREAM}.*",
    f"$JS.API.CONSUMER.INFO.{STREAM}.*",
    f"$JS.API.CONSUMER.DELETE.{STREAM}.*",
    f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.*",
    f"$JS.ACK.{STREAM}.>",
    f"$JS.FC.{STREAM}.>",
)
"""Consumers are made and deleted by the programs. What one reads stands in the request, where no permission sees it:
who may make one can read the whole stream."""

GRANTS: Mapping[str, BusGrant] = {
    "control-plane": BusGrant(publish=("loom.>", *_MAKES, *_CONSUMES), subscribe=("loom.>",)),
    "agents": BusGrant(
        publish=(
            "loom.results.>",
            "loom.reviews.>",
            "loom.plans.>",
            "loom.swarm.>",
            "loom.agent.messages.>",
            "loom.events.heartbeat",
            *_MAKES,
            *_CONSUMES,
        ),
        subscribe=("loom.swarm.>", "loom.agent.messages.>"),
    ),
    # it publishes what GitHub posts, and reads nothing
    "connectors": BusGrant(publish=("loom.events.>", *_LOOKS)),
}
"""By the names of the users."""
