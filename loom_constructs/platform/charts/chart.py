"""What all charts have in common."""

from __future__ import annotations

from cdk8s import Chart
from constructs import Construct

from ..environment import Environment


class LoomChart(Chart):
    """A file of one environment: its objects lie in its namespace and carry its labels."""

    folder: str = ""
    """Where the file lies below the environment's folder; what lies deeper is applied on its own."""

    def __init__(self, scope: Construct, id: str, environment: Environment, *, namespaced: bool = True) -> None:
        super().__init__(
            scope,
            id,
            namespace=environment.namespace if namespaced else None,
            disable_resource_name_hashes=True,
            labels={"app.kubernetes.io/part-of": "loom", "environment": environment.name},
        )
