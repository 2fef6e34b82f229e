"""Who connects to NATS."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..kubernetes import checks

_SUBJECT = re.compile(r"[^\s.\"\\]+(\.[^\s.\"\\]+)*")

SYSTEM_USER = "sys"
"""The user of the system account, for people who look after the servers."""


@dataclass(frozen=True)
class NatsUser:
    """A client of NATS, with a password of its own.

    Args:
        name: Also the entry of the Secret that holds the password.
        publish: Subjects it may publish to (`>` is everything); `$JS.API.INFO` is added, which waits ask.
        subscribe: Subjects it may subscribe to; `_INBOX.>` is added, where answers come.
    """

    name: str
    publish: Sequence[str] = (">",)
    subscribe: Sequence[str] = (">",)

    def __post_init__(self) -> None:
        checks.dns_label("user", self.name)
        for argument in ("publish", "subscribe"):
            checks.texts(argument, getattr(self, argument))
            for subject in getattr(self, argument):
                if not _SUBJECT.fullmatch(subject):
                    raise checks.refuse(argument, "NATS subjects, such as loom.tasks.> or $JS.API.INFO", subject)
        if self.name == SYSTEM_USER:
            raise checks.refuse("user", f"another name than {SYSTEM_USER}, the user of the system account", self.name)
