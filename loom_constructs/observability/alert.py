"""What somebody is told, and how soon they must look."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cdk8s import Duration

from ..kubernetes import checks
from ..kubernetes.manifest import plain


class Severity(StrEnum):
    """How soon somebody must look. The words are those of the Prometheus community's own rules."""

    CRITICAL = "critical"
    """Now, at night too: data or service is lost, or will be."""

    WARNING = "warning"
    """Today: nothing is lost yet."""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A condition that Prometheus watches.

    Args:
        name: In capitals and small letters: `BackupMissing`.
        expr: PromQL; each series that it gives is an alert. What nobody measures is no series: say `or absent(...)`.
        for_: How long it must hold.
        summary: What is wrong, in one line.
        description: What that means, and what is at stake.
        runbook: The page that says what to do; without it, the name with dashes: `backup-missing`.
    """

    name: str
    expr: str
    for_: Duration
    severity: Severity
    summary: str
    description: str
    runbook: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(r"([A-Z][a-z0-9]+)+", self.name):
            raise checks.refuse("name", "words that start with capitals, such as BackupMissing", self.name)
        for argument in ("expr", "summary", "description"):
            if not isinstance(getattr(self, argument), str) or not getattr(self, argument).strip():
                raise checks.refuse(f"{argument} of {self.name}", "a text", getattr(self, argument))
        checks.instance("for_", self.for_, Duration)
        checks.instance("severity", self.severity, Severity)
        if self.runbook is not None:
            checks.dns_label("runbook", self.runbook)

    @property
    def page(self) -> str:
        """The name of its runbook."""
        return self.runbook or "-".join(word.lower() for word in re.findall(r"[A-Z][a-z0-9]+", self.name))

    def rule(self, runbooks: str) -> dict[str, Any]:
        """As it stands in a PrometheusRule."""
        seconds = int(self.for_.to_seconds())
        return plain(
            alert=self.name,
            expr=self.expr,
            **{"for": f"{seconds}s"},
            labels={"severity": self.severity.value},
            annotations={
                "summary": self.summary,
                "description": self.description,
                "runbook_url": f"{runbooks.rstrip('/')}/{self.page}.md",
            },
        )
