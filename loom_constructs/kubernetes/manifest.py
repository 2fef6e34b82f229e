"""The one door through which every object of the library reaches the output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from cdk8s import ApiObject, ApiObjectMetadata, JsonPatch
from constructs import Construct

from .checks import dns_name

Body = dict[str, Any]


class Manifest(ApiObject):
    """One Kubernetes object, whose content is a plain dictionary until it is synthesized.

    The dictionary has Kubernetes' own field names, is written as it is (nothing is dropped, renamed or sorted), and may
    be changed until the app is synthesized. `metadata` and `add_json_patch` work as on every `ApiObject`; patches come
    last, and only what depends on the whole content (checksums, a Job's name) comes after them.

    Why not typed structs: measured, this costs half of cdk8s-plus L1 and knows every field of every Kubernetes
    version. What types would have caught, the schema tests catch. See docs/decisions/emitting.md.
    """

    body: Body
    """Everything but `metadata`, as it will be written."""

    defaults: Callable[[Body], object] | None
    """Adds to the object what its author left open, after everything else (`ProductionDefaults`)."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        body: Mapping[str, Any],
        *,
        name: str,
        namespace: str | None = None,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        finish: Callable[[Body], None] | None = None,
    ) -> None:
        dns_name("name", name)
        super().__init__(
            scope,
            id,
            api_version=body["apiVersion"],
            kind=body["kind"],
            metadata=ApiObjectMetadata(name=name, namespace=namespace, labels=labels, annotations=annotations),
        )
        self.body = dict(body)
        self.defaults = None
        self._given = plain(name=name, annotations=dict(annotations or {}))
        self._finish = finish
        self._patches: list[JsonPatch] = []

    def add_json_patch(self, *ops: JsonPatch) -> None:
        """Changes the object after everything else, by RFC 6902 operations."""
        self._patches += ops

    @property
    def content(self) -> Body:
        """What will be written, but for the metadata that cdk8s adds: for who looks at every object, and only reads.

        Without patches it costs no question to jsii.
        """
        rendered: Body = self.to_json() if self._patches else {**self.body, "metadata": self._given}
        return rendered

    def to_json(self) -> Any:
        """The object as it is written; cdk8s calls this at synthesis."""
        rendered = self.as_said()
        if self.defaults:
            self.defaults(rendered)
        if self._finish:
            self._finish(rendered)
        return rendered

    def as_said(self, metadata: Body | None = None) -> Body:
        """The object without what is added and computed last: what its author says.

        Args:
            metadata: As it was before, for who looks often and does not care for labels: it lies with jsii.
        """
        rendered: Body = {"apiVersion": self.body["apiVersion"], "kind": self.body["kind"], "metadata": metadata}
        if metadata is None:
            rendered = super().to_json()
        rendered.update(deepcopy({k: v for k, v in self.body.items() if k not in ("apiVersion", "kind")}))
        if self._patches:
            rendered = JsonPatch.apply(rendered, *self._patches)
        return rendered


def kind_of(node: ApiObject) -> str:
    """The kind of any object; of ours without a question to jsii, which counts where every object is asked."""
    kind: str = node.body["kind"] if isinstance(node, Manifest) else node.kind
    return kind


def plain(**fields: Any) -> Body:
    """A dictionary without what is not set: `None`, and empty lists and dictionaries, are left out."""
    return {name: value for name, value in fields.items() if value is not None and value != [] and value != {}}
