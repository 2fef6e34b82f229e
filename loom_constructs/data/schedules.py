"""When backups, drills and restores run, and what happens when they do not end well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..kubernetes import checks

NEVER = "0 0 30 2 *"
"""There is no 30th of February."""


def check_name(name: str) -> None:
    """Refuses a name that is too long for the CronJobs `<name>-drill` and `<name>-restore`."""
    # a CronJob appends eleven characters to the names of its Jobs
    checks.service_name("name", name, longest=52 - len("-restore"))


def check(**schedules: str) -> None:
    """Refuses what is no schedule of a CronJob."""
    for argument, value in schedules.items():
        if not isinstance(value, str) or not re.fullmatch(r"[-*/,0-9]+( [-*/,0-9A-Z]+){4}", value):
            raise checks.refuse(argument, "five fields of cron, such as 0 2 * * *", value)


def cron_job(schedule: str, *, suspended: bool) -> Mapping[str, Any]:
    """The specification of a CronJob, but for its Jobs: one at a time."""
    return {
        "schedule": schedule,
        "timeZone": "Etc/UTC",
        "suspend": suspended,
        "concurrencyPolicy": "Forbid",
        # a cluster that was down at that time makes up for it
        "startingDeadlineSeconds": 3600,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
    }


def job(deadline: int, *, suspended: bool) -> Mapping[str, Any]:
    """The specification of its Jobs, but for their pods.

    Args:
        deadline: Seconds after which a Job has failed.
    """
    # a restore is tried once: who asked for it looks at what it says
    return {"backoffLimit": 0 if suspended else 2, "activeDeadlineSeconds": deadline}
