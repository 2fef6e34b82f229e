"""What an author must decide, and may decide otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from .pods import Pods
from .world import World


class Allow(StrEnum):
    """An exception that one workload needs, for `allow=`."""

    ROOT = "root"
    """Runs as user 0, or does not say that it does not."""

    PRIVILEGED = "privileged"
    """Privileged containers, and programs that gain rights."""

    WRITABLE_ROOT = "writable-root"
    """Writes to its root file system."""

    CAPABILITIES = "capabilities"
    """Adds capabilities other than NET_BIND_SERVICE."""

    SECCOMP = "seccomp"
    """Without a seccomp profile."""

    HOST = "host"
    """Uses namespaces, ports or folders of the node."""

    TOKEN = "token"
    """Mounts a token of the API server."""

    ANY_USER = "any-user"
    """Names no user id: the image's own is taken."""

    NO_RESOURCES = "no-resources"
    """Containers without requests or limits."""

    NO_READINESS = "no-readiness"
    """Containers without a readiness probe, such as those that nobody calls."""

    ANY_TAG = "any-tag"
    """Images without a tag or digest that is asked for."""

    ENDLESS_SCRATCH = "endless-scratch"
    """Empty volumes without a size."""

    SHARED_CLAIM = "shared-claim"
    """A Deployment that rolls while its pods mount a claim."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a workload.

    Args:
        about: The exception that allows it, if any does.
        what: Which container it is, and what is wrong.
        remedy: What to do.
    """

    about: Allow | None
    what: str
    remedy: str

    def said_of(self, pods: Pods) -> str:
        """As it is told to the author."""
        told = f"{pods.kind} {pods.name}: {self.what}; {self.remedy}"
        if self.about is None:
            return told
        exception = f'allow={{"{pods.name}": [Allow.{self.about.name}]}}'
        return f"{told}, or say {exception}"


Effect = Callable[[Pods, World], Iterable[Finding]]
"""Adds to a rendered workload what is missing, and finds what only its author can say."""
