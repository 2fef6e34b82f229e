"""What every workload should have in production, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import jsii
from cdk8s import Size
from constructs import IConstruct, IMixin

from ...kubernetes import checks
from ...kubernetes.quantities import notation
from .cover import Cover
from .finding import Allow, Effect
from .identity import no_service_links, no_token, own_account
from .images import ImageRule, RequireImages
from .labels import AddLabels
from .priority import Prefer
from .privileges import privileges
from .probes import require_readiness
from .resources import Classes, RequireResources, ResourceClass
from .rollout import RollGently
from .security import DropRights
from .settings import Settings
from .shutdown import StopLate
from .spread import SpreadPods, ZoneSpread
from .storage import LimitStorage
from .writable import MakeWritable

_NOBODY: Mapping[str, int] = MappingProxyType({})
_NONE: Mapping[str, ResourceClass] = MappingProxyType({})


@jsii.implements(IMixin)
class ProductionDefaults:
    """Adds to workloads what production asks for and their authors left open; what they said stays.

        chart.with_(ProductionDefaults(environment="production"))

    Covers Deployments, StatefulSets, DaemonSets, Jobs and CronJobs below the construct, however they were made (ours,
    cdk8s-plus, generated classes, `Include`, `ApiObject`), and those that are added later. What only an author can
    know, and what breaks a rule, fails the synthesis: all at once, each with the workload, the container and what to
    do. Nearer defaults win over those of a construct further up; saying the same twice is harmless.

    Args:
        environment: For label `environment`.
        kubernetes: The lowest version that the manifests must work with, such as `1.29`.
        security: No rights: security contexts of pods and containers; rights that were asked for are refused.
        users: User ids for pods that name none, by workload, or one for all; None accepts the image's own.
        writable: Paths for which each container gets an empty volume; the root file system is read-only.
        scratch: The size of each of them; without it, 64Mi.
        resources: Requests and limits for containers that say none, by workload or `workload/container`, or one class
            for all; None accepts containers without.
        storage: Requests and limits of the node's disk.
        spread: How pods lie on zones and nodes; None leaves it to the scheduler.
        budget: Disruption budgets where there are two pods or more.
        rollout: No pod is stopped before its successor is ready.
        min_ready: Seconds that a new pod must be ready before it counts.
        pause: Seconds that a pod serves on after it was told to stop; None for no pause.
        priority_class: For pods that name none.
        account: A ServiceAccount of its own for each workload that names none.
        token: No token of the API server in pods.
        service_links: No variables for Services in pods.
        labels: `app`, `version`, `environment`, and Kubernetes' recommended ones.
        images: How exactly images must be named; None accepts all.
        probes: Containers of Deployments, StatefulSets and DaemonSets must have a readiness probe.
        allow: Exceptions, by workload.
    """

    def __init__(
        self,
        *,
        environment: str | None = None,
        kubernetes: str = "1.29",
        security: bool = True,
        users: Mapping[str, int] | int | None = _NOBODY,
        writable: Sequence[str] | None = ("/tmp",),
        scratch: Size | None = None,
        resources: Classes | None = _NONE,
        storage: bool = True,
        spread: ZoneSpread | None = ZoneSpread.HARD,
        budget: bool = True,
        rollout: bool = True,
        min_ready: int = 10,
        pause: int | None = 5,
        priority_class: str | None = None,
        account: bool = True,
        token: bool = True,
        service_links: bool = True,
        labels: bool = True,
        images: ImageRule | None = ImageRule.TAG,
        probes: bool = True,
        allow: Mapping[str, Collection[Allow]] | None = None,
    ) -> None:
        for argument, value, kinds in (
            ("environment", environment, (str, type(None))),
            ("users", users, (Mapping, int, type(None))),
            ("resources", resources, (Mapping, ResourceClass, type(None))),
            ("scratch", scratch, (Size, type(None))),
            ("spread", spread, (ZoneSpread, type(None))),
            ("images", images, (ImageRule, type(None))),
            ("allow", allow, (Mapping, type(None))),
            *(
                (name, on, (bool,))
                for name, on in (
                    ("security", security),
                    ("storage", storage),
                    ("budget", budget),
                    ("rollout", rollout),
                    ("account", account),
                    ("token", token),
                    ("service_links", service_links),
                    ("labels", labels),
                    ("probes", probes),
                )
            ),
        ):
            checks.instance(argument, value, *kinds)
        if not isinstance(kubernetes, str) or not re.fullmatch(r"1\.\d{2}", kubernetes):
            raise checks.refuse("kubernetes", "a version such as 1.29", kubernetes)
        if environment is not None:
            checks.label("environment", "environment", environment)
        if priority_class is not None:
            checks.dns_name("priority_class", priority_class)
        checks.texts("writable", writable or ())
        for path in writable or ():
            checks.absolute("writable", path)
        checks.at_least("min_ready", min_ready, 0)
        checks.at_least("pause", 1 if pause is None else pause, 1)
        for id in users.values() if isinstance(users, Mapping) else [] if users is None else [users]:
            checks.at_least("users", id, 1)
        for name in resources.values() if isinstance(resources, Mapping) else ():
            checks.instance("resources", name, ResourceClass)
        for names in (allow or {}).values():
            for each in names:
                checks.instance("allow", each, Allow)

        self._covered: list[tuple[IConstruct, str]] = []
        version = tuple(int(n) for n in kubernetes.split("."))
        size = notation(scratch or Size.mebibytes(64))
        # volumes come before what counts their sizes, and security before what asks for it
        effects: list[Effect | None] = [
            AddLabels(environment) if labels else None,
            DropRights(users) if security else None,
            privileges if security else None,
            MakeWritable(tuple(writable), size) if writable else None,
            RequireResources(resources) if resources is not None else None,
            LimitStorage() if storage else None,
            SpreadPods(spread) if spread else None,
            RollGently(min_ready) if rollout else None,
            StopLate(pause, version) if pause else None,
            Prefer(priority_class) if priority_class else None,
            own_account if account else None,
            no_token if token else None,
            no_service_links if service_links else None,
            RequireImages(images) if images else None,
            require_readiness if probes else None,
        ]
        self.settings = Settings(
            effects=tuple(effect for effect in effects if effect),
            budgets=budget,
            accounts=account,
            allow={name: frozenset(each) for name, each in (allow or {}).items()},
        )

    def supports(self, construct: IConstruct) -> bool:
        """Any construct: what lies below it is covered."""
        return True

    def apply_to(self, construct: IConstruct) -> None:
        """Covers a construct; `with_` calls this for it first, and then for all that lies below it."""
        node = construct.node
        app, path = node.root, f"{node.path}/".lstrip("/")
        if not any(app is known and path.startswith(above) for known, above in self._covered):
            Cover.say(construct, self.settings)
            self._covered.append((app, path))
