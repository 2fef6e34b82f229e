"""Refuses an app in which two objects have the same kind and name."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

import jsii
from cdk8s import ApiObject
from constructs import Construct, IConstruct, IValidation

_ID = "unique-names"


@jsii.implements(IValidation)
class UniqueNames(Construct):
    """A validation of the app: at synthesis, no two objects may have the same kind, namespace and name.

    cdk8s accepts duplicates in silence, and the second one then overwrites the first one in the cluster. Every app with
    a workload of ours has this validation by itself.
    """

    @classmethod
    def guard(cls, scope: Construct) -> UniqueNames:
        """The validation of the app that the scope is in, made once."""
        root = scope.node.root
        known = root.node.try_find_child(_ID)
        return cast(UniqueNames, known) if known else cls(cast(Any, root), _ID)

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self._scope: IConstruct = scope
        self._identities: dict[ApiObject, tuple[str, str | None, str]] = {}
        self.node.add_validation(self)

    def validate(self) -> list[str]:
        """One line for each name that is taken twice."""
        objects = [n for n in self._scope.node.find_all() if isinstance(n, ApiObject)]
        names = Counter(map(self._identity, objects))
        return [
            f"{kind} {name} is there {count} times; give each construct a name of its own (argument `name`)"
            for (kind, _, name), count in sorted(names.items(), key=str)
            if count > 1
        ]

    def _identity(self, o: ApiObject) -> tuple[str, str | None, str]:
        """Fixed once the object is made; an app is validated once for each chart, and each question is a crossing."""
        if o not in self._identities:
            self._identities[o] = (o.kind, o.metadata.namespace, o.name)
        return self._identities[o]
