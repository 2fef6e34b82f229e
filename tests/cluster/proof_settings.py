"""Production's values on one node: what a single machine cannot have is replaced, and nothing else."""

from __future__ import annotations

import dataclasses

from cdk8s import Size

from loom_constructs import Claim, Ephemeral, MeshMode, ZoneSpread
from loom_constructs.platform import PRODUCTION, Environment
from loom_constructs.platform.settings import BackupSettings, StatefulSetSettings

_SMALL = Claim(Size.gibibytes(5))

PROOF: Environment = dataclasses.replace(
    PRODUCTION,
    # one node, whose zone nobody knows; and nobody has time to watch a pod that is ready
    workloads=dataclasses.replace(PRODUCTION.workloads, spread=ZoneSpread.SOFT, min_ready=None),
    # the node's default storage class is the only one, and none can be shared
    postgres=dataclasses.replace(PRODUCTION.postgres, storage=_SMALL, engine=StatefulSetSettings()),
    backup=BackupSettings(storage=_SMALL, keep=3),
    nats=dataclasses.replace(PRODUCTION.nats, storage=_SMALL, backup=_SMALL),
    control_plane=dataclasses.replace(PRODUCTION.control_plane, data=Ephemeral(Size.gibibytes(1))),
    # no operator: the Secrets are made by the proof
    secret_store=None,
    ingress=None,
    # nor Prometheus': exporters run, and nobody is told
    monitoring=dataclasses.replace(PRODUCTION.monitoring, prometheus=None),
    # no Linkerd runs here: policies carry the programs' own ports, and pods are marked as in production
    mesh=dataclasses.replace(PRODUCTION.mesh, mode=MeshMode.ADD_ON),
    reasons={
        **{name: why for name, why in PRODUCTION.reasons.items() if not name.startswith("postgres.engine.")},
        "postgres.engine.folder": "the operator CloudNativePG is not there",
    },
)


def beside(namespace: str) -> Environment:
    """The same values for some of the charts, in a namespace of their own; the chart of priorities is not among them."""
    reasons = {name: why for name, why in PROOF.reasons.items() if not name.startswith("quotas.")}
    return dataclasses.replace(PROOF, namespace=namespace, quotas=None, reasons={**reasons, "quotas": "not rendered"})
