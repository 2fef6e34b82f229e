"""Probes: how the kubelet asks a container whether it has started, is ready, is alive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .checks import at_least


@dataclass(frozen=True)
class Probe:
    """One question and how often it is asked.

    Args:
        action: In Kubernetes' own words: `{"httpGet": {...}}`, `{"exec": {...}}`, `{"grpc": {...}}`.
        period: Seconds between two questions.
        timeout: Seconds until no answer counts as a failure.
        failures: How many failures in a row have the consequence.
    """

    action: dict[str, Any]
    period: int = 10
    timeout: int = 5
    failures: int = 3

    def __post_init__(self) -> None:
        for name in ("period", "timeout", "failures"):
            at_least(name, getattr(self, name), 1)

    @classmethod
    def http(cls, path: str, port: str, *, period: int = 10, timeout: int = 5, failures: int = 3) -> Probe:
        """A GET that answers with 200 to 399; `port` is the name of a container port."""
        return cls({"httpGet": {"path": path, "port": port}}, period, timeout, failures)

    @classmethod
    def command(cls, command: Sequence[str], *, period: int = 10, timeout: int = 5, failures: int = 3) -> Probe:
        """A program in the container that ends with 0."""
        return cls({"exec": {"command": list(command)}}, period, timeout, failures)

    @classmethod
    def tcp(cls, port: str, *, period: int = 10, timeout: int = 5, failures: int = 3) -> Probe:
        """A connection to a named port. Behind a mesh proxy it always succeeds: for want of better only."""
        return cls({"tcpSocket": {"port": port}}, period, timeout, failures)

    def manifest(self) -> dict[str, Any]:
        """As it stands in a container."""
        return {
            **self.action,
            "periodSeconds": self.period,
            "timeoutSeconds": self.timeout,
            "failureThreshold": self.failures,
        }
