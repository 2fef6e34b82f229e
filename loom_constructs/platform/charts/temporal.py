"""The chart of the workflow engine."""

from __future__ import annotations

from constructs import Construct

from ...loom import Temporal
from ..environment import Environment
from ..priority import Priority
from .chart import LoomChart
from .data import DataChart


class TemporalChart(LoomChart):
    """The workflow engine."""

    def __init__(self, scope: Construct, id: str, environment: Environment, *, data: DataChart) -> None:
        super().__init__(scope, id, environment)
        images, settings = environment.images, environment.temporal
        self.temporal = Temporal(
            self,
            "temporal",
            image=images.temporal,
            admin_image=images.temporal_admin,
            ui_image=images.temporal_ui,
            wait_image=images.busybox,
            database=data.postgres.database("temporal"),
            visibility=data.postgres.database("temporal_visibility"),
            layout=settings.layout,
            replicas=settings.replicas,
            history_shards=settings.history_shards,
            connections=settings.connections,
            resources=settings.resources,
            ui=settings.ui,
            pod=environment.pods(Priority.CONTROL),
        )
