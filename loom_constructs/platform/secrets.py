"""The Secrets that Loom needs, by name and entry. They are never rendered: only who reads them is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..data.postgres.monitoring import ROLE as MONITOR_ROLE
from ..kubernetes import SecretRef
from ..loom import bus

CONTROL_PLANE = SecretRef("loom-secret")
"""`password` (LOOM_PASSWORD) unlocks Loom's key store: with another one the keys in it are lost. `jwt-secret` signs
tokens: with another one everybody logs in again."""

LOOM_DATABASE = SecretRef("loom-postgresql-secret")
TEMPORAL_DATABASE = SecretRef("loom-temporal-db")
MONITOR = SecretRef("loom-monitor")
NATS = SecretRef("loom-nats")
REPLICATION = SecretRef("loom-db-replication")

PROVIDER = SecretRef("loom-provider")
GIT = SecretRef("loom-git")
WEBHOOK = SecretRef("loom-webhook")
BACKUP = SecretRef("loom-backup")
"""These four are optional: without them Loom starts, with no provider key, no tokens, no webhooks, no backups in a
bucket."""

OBJECT_STORE = SecretRef("loom-object-store")
"""The bucket that CloudNativePG backs up to. Without it the database starts, and its log is not archived."""

LOGINS = (LOOM_DATABASE, TEMPORAL_DATABASE)
"""Of databases. While a rotation has two, the one before stands in `previous-username` and `previous-password`."""

NATS_USERS = (*bus.GRANTS, "stream", "stream-backup", "stream-restore")
"""Loom's programs, and who looks after their stream."""


@dataclass(frozen=True)
class Entry:
    """One entry of a required Secret.

    Args:
        value: What it must be, for what is no secret; without it, something random.
    """

    value: str | None = None


RANDOM = Entry()

REQUIRED: Mapping[SecretRef, Mapping[str, Entry]] = {
    CONTROL_PLANE: {"password": RANDOM, "jwt-secret": RANDOM},
    LOOM_DATABASE: {"username": Entry("loom"), "password": RANDOM},
    TEMPORAL_DATABASE: {"username": Entry("temporal"), "password": RANDOM},
    NATS: {**dict.fromkeys(NATS_USERS, RANDOM), "sys": RANDOM},
}
"""Without these nothing starts. The first and second are those of Loom's own documents."""

FOR_ARCHIVE: Mapping[SecretRef, Mapping[str, Entry]] = {
    REPLICATION: {"username": Entry("archive"), "password": RANDOM},
}
"""Where PostgreSQL has an archive."""

FOR_MONITORING: Mapping[SecretRef, Mapping[str, Entry]] = {
    MONITOR: {"username": Entry(MONITOR_ROLE), "password": RANDOM},
}
"""Where it is monitored."""

OPTIONAL: Mapping[SecretRef, Sequence[str]] = {
    PROVIDER: ("api-key",),
    GIT: ("github-token", "gitlab-token"),
    WEBHOOK: ("secret",),
    OBJECT_STORE: ("access-key-id", "secret-access-key"),
    BACKUP: ("access-key-id", "secret-access-key", "encryption-key"),
}
"""What their entries are."""
