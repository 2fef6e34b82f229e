"""Whom a comparison is about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .ends import Pod
from .intention import Intention
from .manifests import namespace_of
from .numbered import Ends
from .paths import Paths


@dataclass(frozen=True, eq=False)
class Scope:
    """What is rendered beside what is meant."""

    paths: Paths
    intention: Intention

    @property
    def ends(self) -> Ends:
        """Everybody."""
        return self.paths.ends

    @cached_property
    def limited_namespaces(self) -> set[str]:
        """The namespaces that policies are rendered for: there everybody is expected to be limited."""
        return {namespace_of(p.text) for p in self.paths.network.policies}

    @cached_property
    def ours(self) -> list[Pod]:
        """Rendered pods, and all others where policies are rendered."""
        there = self.limited_namespaces
        pods = (e for e in self.ends.all if isinstance(e, Pod) and not e.host_network)
        return [e for e in pods if e.rendered or e.namespace in there]

    @cached_property
    def strangers(self) -> int:
        """Those whom nobody mentions."""
        return self.ends.those(lambda e: not e.known)
