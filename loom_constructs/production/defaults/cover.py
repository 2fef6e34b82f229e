"""Where production defaults hold: below one construct, for what is there and for what comes later."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from typing import Any

import jsii
from cdk8s import ApiObject
from constructs import Construct, IConstruct, IValidation

from ...kubernetes import Manifest
from ...kubernetes.checks import refuse
from ...kubernetes.manifest import Body, kind_of
from ...traffic import Call
from .budget import disruption_budget
from .finished import Finished, stand_in
from .identity import account
from .pods import GROUPS, Pods, runs_pods
from .settings import Settings
from .world import World

_ID, _ACCOUNT, _BUDGET = "production-defaults", "service-account", "disruption-budget"


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
        self._metadata: dict[Manifest, Body] = {}
        self._made: dict[tuple[ApiObject, str], ApiObject] = {}
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
        world = self._surroundings()
        problems: list[str] = []
        for workload in self._workloads():
            finish = partial(self._finish, plus=isinstance(workload, Finished) and workload.cdk8s_plus, world=world)
            workload.defaults = finish
            body = self._said(workload)
            problems += finish(body)
            pods = Pods(body)
            self._keep(_BUDGET, workload, disruption_budget(pods, world) if self.settings.budgets else None)
            self._keep(_ACCOUNT, workload, account(pods, world) if self.settings.accounts else None)
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

    def _surroundings(self) -> World:
        """What effects look at beside the workloads: what authors made, not what is made here."""
        by_kind: dict[str, list[ApiObject]] = {}
        called_default: set[tuple[str, str]] = set()
        made = set(self._made.values())
        for node in self.node.root.node.find_all():
            if isinstance(node, ApiObject):
                if node not in made:
                    by_kind.setdefault(kind_of(node), []).append(node)
            elif isinstance(node, Call):
                ends = (node.client, node.to.server)
                called_default |= {(p.namespace, p.pods) for p in ends if p.service_account == "default"}
        return World(lambda kind: map(self._said, by_kind.get(kind, ())), called_default)

    def _said(self, node: ApiObject) -> Body:
        """What an author says; an app is validated once for each chart, so what lies with jsii is asked once."""
        if isinstance(node, Finished):
            return node.as_said()
        if not isinstance(node, Manifest):
            body: Body = node.to_json()
            return body
        if node not in self._metadata:
            self._metadata[node] = node.as_said()["metadata"]
        return node.as_said(deepcopy(self._metadata[node]))

    def _keep(self, id: str, workload: Manifest | Finished, body: Body | None) -> None:
        """An object that belongs to a workload: there while it is needed."""
        if not body and (workload, id) in self._made:
            del self._made[workload, id]
            workload.node.try_remove_child(id)
        elif body and (workload, id) not in self._made:
            said = workload.metadata.to_json()
            labels = {k: v for k, v in (said.get("labels") or {}).items() if k.startswith("app.kubernetes.io/")}
            self._made[workload, id] = Manifest(
                workload, id, body, name=said["name"], namespace=said.get("namespace"), labels=labels
            )


def _place(scope: IConstruct) -> tuple[Any, str]:
    """Where the cover of a construct is. An object may be replaced, so it lies beside it."""
    if isinstance(scope, ApiObject):
        return scope.node.scope, f"{scope.node.id}-{_ID}"
    return scope, _ID
