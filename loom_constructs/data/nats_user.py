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

    @classmethod
    def keeper(cls, stream: str, *, name: str = "stream") -> NatsUser:
        """Who makes a stream and holds its replicas (`NatsStream`): it can look at that stream, make and edit it."""
        calls = [f"$JS.API.STREAM.{call}.{stream}" for call in ("INFO", "CREATE", "UPDATE")]
        return cls(name, publish=calls, subscribe=[f"$JS.EVENT.ADVISORY.STREAM.UPDATED.{stream}"])

    @classmethod
    def backup(cls, stream: str, *, name: str = "stream-backup") -> NatsUser:
        """Who backs a stream up (`NatsStreamBackup`): it can read all of that stream, and change nothing."""
        calls = [f"$JS.API.STREAM.{call}.{stream}" for call in ("INFO", "SNAPSHOT")]
        return cls(name, publish=[*calls, f"$JS.SNAPSHOT.ACK.{stream}.>"], subscribe=["_INBOX.>"])

    @classmethod
    def restore(cls, stream: str, *, name: str = "stream-restore") -> NatsUser:
        """Who restores a stream (`NatsStreamBackup`): it can delete that stream, bring it back and edit it."""
        calls = [f"$JS.API.STREAM.{call}.{stream}" for call in ("INFO", "DELETE", "RESTORE", "UPDATE")]
        return cls(name, publish=[*calls, f"$JS.SNAPSHOT.RESTORE.{stream}.>"], subscribe=["_INBOX.>"])

    def may_publish(self, subject: str) -> bool:
        """Whether it may publish to a subject (`*` in it stands for any word)."""
        return any(_covers(grant.split("."), subject.split(".")) for grant in self.publish)

    def __post_init__(self) -> None:
        checks.dns_label("user", self.name)
        for argument in ("publish", "subscribe"):
            checks.texts(argument, getattr(self, argument))
            for subject in getattr(self, argument):
                if not _SUBJECT.fullmatch(subject):
                    raise checks.refuse(argument, "NATS subjects, such as loom.tasks.> or $JS.API.INFO", subject)
        if self.name == SYSTEM_USER:
            raise checks.refuse("user", f"another name than {SYSTEM_USER}, the user of the system account", self.name)


def _covers(grant: Sequence[str], subject: Sequence[str]) -> bool:
    for position, word in enumerate(grant):
        if word == ">":
            return len(subject) > position
        if position >= len(subject) or word not in ("*", subject[position]):
            return False
    return len(grant) == len(subject)
