"""Objects that are not ours, with what their authors left open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cdk8s import ApiObject, ApiObjectMetadata, JsonPatch

from ...kubernetes.manifest import Body


class Finished(ApiObject):
    """Stands in the tree where another object stood, and renders that one with additions.

    The other object is asked at each synthesis, so what is changed on it later is rendered too: variables, containers,
    patches. A patch on the original object could not do this: cdk8s-plus and other generated classes serialize after
    patches, and drop what their version of Kubernetes did not know. See docs/decisions/production-defaults.md.
    """

    original: ApiObject
    """What its author made."""

    cdk8s_plus: bool
    """Whether a construct of cdk8s-plus made it, which writes out what Kubernetes would fill in anyway."""

    defaults: Callable[[Body], object] | None
    """Adds what is missing."""

    def __init__(self, original: ApiObject) -> None:
        node = original.node
        scope: Any = node.scope
        children = [child.node.id for child in node.children]
        if children:
            raise ValueError(f"children of {node.path} must be none, so that it can be finished, got {children!r}")
        scope.node.try_remove_child(node.id)
        super().__init__(
            scope,
            node.id,
            api_version=original.api_version,
            kind=original.kind,
            metadata=ApiObjectMetadata(name=original.name, namespace=original.metadata.namespace),
        )
        for dependency in node.dependencies:
            self.node.add_dependency(dependency)
        self.original = original
        self.cdk8s_plus = type(scope).__module__.startswith("cdk8s_plus")
        self.defaults = None
        self._patches: list[JsonPatch] = []
        self._first: Body = self.metadata.to_json()

    def add_json_patch(self, *ops: JsonPatch) -> None:
        """Changes what the original object renders, by RFC 6902 operations; nothing is dropped."""
        self._patches += ops

    def as_said(self) -> Body:
        """The object without additions."""
        rendered: Body = self.original.to_json()
        if self._patches:
            rendered = JsonPatch.apply(rendered, *self._patches)
        self._add_metadata(rendered)
        return rendered

    def to_json(self) -> Any:
        """The object as it is written; cdk8s calls this at synthesis."""
        rendered = self.as_said()
        if self.defaults:
            self.defaults(rendered)
        return rendered

    def _add_metadata(self, rendered: Body) -> None:
        """What was said on the stand-in's own metadata since it stands here: `ApiObject.of(deployment)` gives it."""
        now: Body = self.metadata.to_json()
        for field, value in now.items():
            before = self._first.get(field)
            if value == before:
                continue
            if isinstance(value, dict):
                new = {k: v for k, v in value.items() if (before or {}).get(k) != v}
                rendered["metadata"][field] = {**(rendered["metadata"].get(field) or {}), **new}
            else:
                rendered["metadata"][field] = value


def stand_in(original: ApiObject) -> Finished:
    """The stand-in of an object, or itself if it is one."""
    return original if isinstance(original, Finished) else Finished(original)
