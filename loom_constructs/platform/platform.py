"""All charts of an environment."""

from __future__ import annotations

from typing import Any

import jsii
from cdk8s import App
from constructs import IValidation

from ..kubernetes.checks import refuse
from ..policies import Mesh, MeshMode, intended_traffic
from ..production import ProductionDefaults
from .charts import (
    AlertsChart,
    ApplicationChart,
    DataChart,
    LinkerdIdentityChart,
    MeshChart,
    MonitoringChart,
    NamespaceChart,
    NetworkChart,
    SecretsChart,
    TemporalChart,
)
from .environment import Environment


class LoomPlatform:
    """All charts of one environment in one app: the whole of Loom.

    Say the calls of your own workloads, then call `guard`, which derives from all calls who is let through:

        platform = LoomPlatform(app, PRODUCTION)
        Peer.of(their_deployment).calls(platform.data.stream.client("agents"))
        platform.guard()
    """

    def __init__(self, app: App, environment: Environment) -> None:
        self.environment = environment
        app.with_(_defaults(environment))
        self.namespace = NamespaceChart(app, "namespace", environment)
        if environment.secret_store is not None:
            self.secrets = SecretsChart(app, "secrets", environment)
        self.data = DataChart(app, "data", environment)
        self.temporal = TemporalChart(app, "temporal", environment, data=self.data)
        self.application = ApplicationChart(app, "loom", environment, data=self.data, temporal=self.temporal)
        self.monitoring: MonitoringChart | None = None
        self.alerts: AlertsChart | None = None
        settings = environment.monitoring
        if settings is not None:
            self.monitoring = MonitoringChart(app, "monitoring", environment, data=self.data)
            if settings.prometheus is not None:
                self.alerts = AlertsChart(
                    app,
                    "alerts",
                    environment,
                    monitoring=self.monitoring,
                    data=self.data,
                    prometheus=settings.prometheus,
                    runbooks=settings.runbooks,
                )
        self._app = app
        self.network: NetworkChart | None = None
        self.mesh: MeshChart | None = None
        self.linkerd_identity: LinkerdIdentityChart | None = None
        app.node.add_validation(_Guarded(self))

    def guard(self) -> None:
        """Adds network policies, and the mesh where there is one. Calls that are said later are refused.

        Raises:
            ValueError: It was called before.
        """
        if self.network is not None:
            raise refuse("guard()", "called once", "a second call")
        self.network = NetworkChart(self._app, "network", self.environment)
        if self.environment.mesh.mode is not MeshMode.OFF:
            self.mesh = MeshChart(self._app, "linkerd", self.environment, network=self.network.policies)
        # as an add-on, Linkerd makes its own certificates
        if self.environment.mesh.mode is MeshMode.ON:
            self.linkerd_identity = LinkerdIdentityChart(self._app, "linkerd-identity", self.environment)

    def intended_traffic(self, mesh: Mesh) -> dict[str, Any]:
        """Who is meant to reach whom, with this mesh."""
        return intended_traffic(
            self._app,
            environment=self.environment.name,
            namespace=self.environment.namespace,
            mesh=mesh,
            dns=self.environment.network.dns,
        )


def _defaults(environment: Environment) -> ProductionDefaults:
    """What is added to all workloads of the app. What our constructs know better is left to them."""
    settings = environment.workloads
    return ProductionDefaults(
        environment=environment.name,
        spread=settings.spread,
        budget=settings.budgets,
        rollout=settings.min_ready is not None,
        min_ready=settings.min_ready or 0,
        # each mounts what its program writes to, and stops it in its own way
        writable=None,
        pause=None,
    )


@jsii.implements(IValidation)
class _Guarded:
    def __init__(self, platform: LoomPlatform) -> None:
        self._platform = platform

    def validate(self) -> list[str]:
        if self._platform.network is not None:
            return []
        return [f"LoomPlatform of {self._platform.environment.name} lets everybody in; call guard() after all calls"]
