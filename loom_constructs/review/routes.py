"""HTTPRoutes and GRPCRoutes attached to Servers of Linkerd."""

from __future__ import annotations

from dataclasses import dataclass

from .authorization import LINKERD, Authorization
from .ends import Object

GATEWAY = "gateway.networking.k8s.io"
HEALTH = "grpc.health.v1.Health"
KINDS = ((LINKERD, "HTTPRoute"), (GATEWAY, "HTTPRoute"), (GATEWAY, "GRPCRoute"))


@dataclass(frozen=True)
class Route:
    """An HTTPRoute or GRPCRoute attached to a Server, and whom policies let use it."""

    text: Object
    authorizations: tuple[Authorization, ...]

    @property
    def matches(self) -> list[Object]:
        """All matches of all rules; a rule without any matches everything, and so does an HTTPRoute without rules."""
        rules = self.text["spec"].get("rules")
        if rules is None and self.text["kind"] == "HTTPRoute":
            rules = [{}]
        return [m for rule in rules or () for m in rule.get("matches") or [{}]]

    def only_for_probes(self, paths: frozenset[str]) -> bool:
        """Whether nothing but probes goes this way: the gRPC health service, or exactly the probes' paths."""
        if self.text["kind"] == "GRPCRoute":
            return all((m.get("method") or {}).get("service") == HEALTH for m in self.matches)
        return all(
            (m.get("path") or {}).get("type") == "Exact" and (m.get("path") or {}).get("value") in paths
            for m in self.matches
        )


def attached(route: Object, server: str) -> bool:
    """Whether a route is attached to the Server of this name, in its own namespace."""
    return any(
        p.get("group") == LINKERD and p.get("kind") == "Server" and p.get("name") == server
        for p in route["spec"].get("parentRefs") or ()
    )
