"""The Secrets that Loom needs, by name and entry. They are never rendered: only who reads them is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..kubernetes import SecretRef

CONTROL_PLANE = SecretRef("loom-secret")
LOOM_DATABASE = SecretRef("loom-postgresql-secret")
TEMPORAL_DATABASE = SecretRef("loom-temporal-db")
MONITOR = SecretRef("loom-monitor")
NATS = SecretRef("loom-nats")

PROVIDER = SecretRef("loom-provider")
GIT = SecretRef("loom-git")
WEBHOOK = SecretRef("loom-webhook")
"""These three are optional: without them Loom starts, and works with no provider key, no tokens, no webhooks."""

NATS_USERS = ("control-plane", "connectors", "agents")


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

MONITORING: Mapping[SecretRef, Mapping[str, Entry]] = {
    MONITOR: {"username": Entry("loom_monitor"), "password": RANDOM},
}
"""Required where there is monitoring."""

OPTIONAL: Mapping[SecretRef, Sequence[str]] = {
    PROVIDER: ("api-key",),
    GIT: ("github-token", "gitlab-token"),
    WEBHOOK: ("secret",),
}
"""What their entries are."""


def required(*, monitoring: bool) -> Mapping[SecretRef, Mapping[str, Entry]]:
    """What an environment does not start without."""
    return {**REQUIRED, **(MONITORING if monitoring else {})}
