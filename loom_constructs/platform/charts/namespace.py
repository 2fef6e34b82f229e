"""The chart of the namespace."""

from __future__ import annotations

from constructs import Construct

from ...kubernetes import Namespace
from ..environment import Environment
from .chart import LoomChart


class NamespaceChart(LoomChart):
    """The namespace."""

    def __init__(self, scope: Construct, id: str, environment: Environment) -> None:
        super().__init__(scope, id, environment, namespaced=False)
        self.namespace_object = Namespace(self, "namespace", name=environment.namespace)
