"""What is rendered for a namespace, asked again and again while an app is validated."""

from __future__ import annotations

from typing import Any

from cdk8s import ApiObject
from constructs import Construct, IConstruct

from ...kubernetes import Manifest, namespace_of
from ...kubernetes.manifest import kind_of
from .made import KINDS


class Rendered:
    """The objects of a construct's namespace that make pods or claims, whoever made them."""

    def __init__(self, scope: Construct) -> None:
        self._root: IConstruct = scope.node.root
        self._namespace = namespace_of(scope)
        self._names: dict[ApiObject, str | None] = {}

    def objects(self) -> list[dict[str, Any]]:
        """As they are now."""
        found = []
        for node in self._root.node.find_all():
            if isinstance(node, ApiObject) and (name := self._name(node)) is not None:
                whole = {**node.content, "metadata": {"name": name}} if isinstance(node, Manifest) else node.to_json()
                found.append(whole)
        return found

    def _name(self, node: ApiObject) -> str | None:
        """Its name if it counts. That is fixed once it is made, and each question to jsii takes time."""
        if node not in self._names:
            counts = kind_of(node) in KINDS and (node.metadata.namespace or "default") == self._namespace
            self._names[node] = node.name if counts else None
        return self._names[node]
