"""Where production defaults hold: below one construct, for what is there and for what comes later."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import jsii
from cdk8s import ApiObject
from constructs import Construct, IConstruct, IValidation

from ...kubernetes import Manifest
from ...kubernetes.checks import refuse
from ...kubernetes.manifest import Body, kind_of
from .budget import disruption_budget
from .finished import Finished, is_cdk8s_plus, stand_in
from .pods import GROUPS, Pods, runs_pods
from .settings import Settings
from .world import KINDS, World

_ID, _BUDGET = "production-defaults", "disruption-budget"


@jsii.implements(IValidation)
class Cover(Construct):
    """A validation that also finishes: cdk8s validates the whole app before it renders any object of it.

    So workloads that were added after the defaults were said are covered too. Where covers lie within each other, the
    nearest one holds.
    """

    def __init__(self, scope: Construct, id: str, *, over: IConstruct, settings: Settings) -> None:
        super().__init__(scope, id)
        self.settings = settings
        self.over = over
        self._budgets: set[Manifest] = set()
        self.node.add_validation(self)

    @classmethod
    def say(cls, over: IConstruct, settings: Settings) -> None:
        """Covers a construct, unless the same was said of it or of what it lies in.

        Raises:
            ValueError: Something else was said of the construct.
        """
        for scope in over.node.scopes:
            known = _place(scope)[0].node.try_find_child(_place(scope)[1])
            if not isinstance(known, cls):
                continue
            if known.settings == settings:
                return
            if scope.node.path == over.node.path:
                raise refuse(f"ProductionDefaults of {over.node.path or 'the app'}", "said once", "others")
        holder, id = _place(over)
        cls(holder, id, over=over, settings=settings)

    def validate(self) -> list[str]:
        """Finishes all workloads; one line for each thing that an author must say."""
        world = World(tuple(self._others()))
        problems: list[str] = []
        for workload in self._workloads():
            finish = partial(self._finish, plus=is_cdk8s_plus(workload.node.scope), world=world)
            workload.defaults = finish
            body = workload.as_said()
            problems += finish(body)
            self._keep_budget(workload, disruption_budget(Pods(body), world) if self.settings.budgets else None)
        return problems

    def _finish(self, body: Body, *, plus: bool, world: World) -> list[str]:
        return self.settings.finish(Pods(body, cdk8s_plus=plus), world)

    def _workloads(self) -> Iterator[Manifest | Finished]:
        """Those that no nearer cover has; objects that are not ours are replaced by their stand-ins."""
        if isinstance(self.over, ApiObject):
            holder: Any = self.over.node.scope
            below = [holder.node.try_find_child(self.over.node.id)]
        else:
            below = self.over.node.find_all()
        inner = [f"{c.over.node.path}/" for c in below if isinstance(c, Cover) and c is not self]
        for node in below:
            if not isinstance(node, ApiObject) or kind_of(node) not in GROUPS:
                continue
            version = node.body["apiVersion"] if isinstance(node, Manifest) else node.api_version
            if not runs_pods(version, kind_of(node)) or (inner and f"{node.node.path}/".startswith(tuple(inner))):
                continue
            yield node if isinstance(node, Manifest) else stand_in(node)

    def _others(self) -> Iterator[Body]:
        """What effects look at beside the workloads: what authors made, not what is made here."""
        for node in self.node.root.node.find_all():
            if isinstance(node, ApiObject) and kind_of(node) in KINDS and node not in self._budgets:
                yield node.to_json()

    def _keep_budget(self, workload: Manifest | Finished, body: Body | None) -> None:
        known = workload.node.try_find_child(_BUDGET)
        if known and not body:
            workload.node.try_remove_child(_BUDGET)
        elif body and not known:
            said = workload.metadata.to_json()
            labels = {k: v for k, v in (said.get("labels") or {}).items() if k.startswith("app.kubernetes.io/")}
            made = Manifest(workload, _BUDGET, body, name=said["name"], namespace=said.get("namespace"), labels=labels)
            self._budgets.add(made)


def _place(scope: IConstruct) -> tuple[Any, str]:
    """Where the cover of a construct is. An object may be replaced, so it lies beside it."""
    if isinstance(scope, ApiObject):
        return scope.node.scope, f"{scope.node.id}-{_ID}"
    return scope, _ID
