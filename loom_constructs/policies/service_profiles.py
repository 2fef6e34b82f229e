"""Retries and time-outs in the mesh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsii
from cdk8s import ApiObject
from constructs import Construct, IValidation

from ..kubernetes import Manifest, checks, namespace_of
from ..kubernetes.manifest import kind_of
from ..kubernetes.whole import whole
from ..traffic import Route, read_calls
from .mesh import Mesh, is_there
from .rules import labels

_OTHER_WAY = ("retry.linkerd.io/", "timeout.linkerd.io/")


@dataclass(frozen=True)
class RetryBudget:
    """How much may be sent again, so that retries do not bury a server that is slow already.

    Args:
        percent: Retries in a hundred requests.
        per_second: As many are always allowed.
        seconds: How long requests count, from 1 to 60: Linkerd drops the budget otherwise.
    """

    percent: int = 20
    per_second: int = 10
    seconds: int = 10

    def __post_init__(self) -> None:
        checks.at_least("percent", self.percent, 0)
        checks.at_least("per_second", self.per_second, 0)
        checks.at_least("seconds", self.seconds, 1)
        if self.seconds > 60:
            raise checks.refuse("seconds", "at most 60", self.seconds)

    def manifest(self) -> dict[str, Any]:
        """As a ServiceProfile has it."""
        return {
            "retryRatio": self.percent / 100,
            "minRetriesPerSecond": self.per_second,
            "ttl": f"{self.seconds}s",
        }


@whole
@jsii.implements(IValidation)
class ServiceProfiles(Construct):
    """A ServiceProfile for each Service of the namespace whose endpoints say what is asked there (`Endpoint.routes`).

    Reads are sent again within the budget, changes never are; each has a time-out. Requests that match no route, such
    as event streams, have neither. A Service that has a profile must not have Linkerd's retry and time-out annotations
    or routes: Linkerd would ignore them, so they are refused at synthesis.

    Args:
        mesh: How Linkerd is used; not `MeshMode.OFF`.
        budget: For each Service.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    profiles: Mapping[str, Manifest]
    """The profiles by the names of their Services."""

    def __init__(self, scope: Construct, id: str, *, mesh: Mesh, budget: RetryBudget | None = None) -> None:
        checks.instance("mesh", mesh, Mesh)
        checks.instance("budget", budget, RetryBudget, type(None))
        is_there("mesh", mesh)
        super().__init__(scope, id)
        self._here = namespace_of(self)
        routes: dict[str, dict[str, Route]] = {}
        for call in read_calls(self, self._here):
            if call.to.server.namespace == self._here and call.to.server.meshed and call.to.routes:
                checks.dns_label(
                    f"host of {call.to.server.name}:{call.to.name} (the name of its Service)", call.to.host
                )
                of_host = routes.setdefault(call.to.host, {})
                for route in call.to.routes:
                    if of_host.setdefault(route.name, route) != route:
                        raise checks.refuse(f"route {route.name} of {call.to.host}", "said once", route)
        self.profiles = {
            host: self._profile(host, list(known.values()), mesh, budget or RetryBudget())
            for host, known in sorted(routes.items())
        }
        self.node.add_validation(self)

    def _profile(self, host: str, routes: list[Route], mesh: Mesh, budget: RetryBudget) -> Manifest:
        return Manifest(
            self,
            host,
            {
                "apiVersion": "linkerd.io/v1alpha2",
                "kind": "ServiceProfile",
                "spec": {
                    "retryBudget": budget.manifest(),
                    "routes": [
                        {
                            "name": route.name,
                            "condition": {"method": route.method, "pathRegex": route.path},
                            "isRetryable": route.retryable,
                            "timeout": f"{route.seconds}s",
                        }
                        for route in routes
                    ],
                },
            },
            name=f"{host}.{self._here}.svc.{mesh.cluster_domain}",
            labels=labels(host),
        )

    def validate(self) -> list[str]:
        """Refuses the other way to say the same, for Services that have a profile."""
        found = []
        for node in self.node.root.node.find_all():
            if isinstance(node, ApiObject):
                found += [f"{what}; say it in a route of the endpoint" for what in self._mixed(node)]
        return found

    def _mixed(self, node: ApiObject) -> list[str]:
        kind = kind_of(node)
        if kind == "Service" and node.name in self.profiles and namespace_of(node) == self._here:
            annotations = node.to_json()["metadata"].get("annotations", {})
            return [
                f"Service {node.name} has a ServiceProfile and annotation {a}"
                for a in annotations
                if a.startswith(_OTHER_WAY)
            ]
        if kind in ("HTTPRoute", "GRPCRoute"):
            parents = (node.to_json().get("spec") or {}).get("parentRefs", [])
            names = {p["name"] for p in parents if p.get("kind") == "Service"} & set(self.profiles)
            return [f"{kind} {node.name} routes Service {name}, which has a ServiceProfile" for name in sorted(names)]
        return []
