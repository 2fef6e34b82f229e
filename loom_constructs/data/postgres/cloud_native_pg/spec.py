"""The specification of a `Cluster`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....kubernetes import PodOptions, SecretRef, plain
from ....kubernetes.quantities import mebibytes, notation
from ....traffic import SslMode
from ....traffic.foreign import INJECT
from .. import monitoring
from ..database import Database
from ..files import tuning
from .engine import CloudNativePg, Synchronous
from .store import uses

SOURCE = "origin"
"""What a Cluster calls the backup that it starts from."""


def cluster(
    name: str,
    databases: Sequence[Database],
    engine: CloudNativePg,
    monitor: SecretRef | None,
    *,
    store: str,
    origin: str,
) -> dict[str, Any]:
    """All of it.

    Args:
        store: The name of the ObjectStore that it backs up to, if it does.
        origin: The name of the ObjectStore that it starts from, if it does.
    """
    pod = engine.pod or PodOptions()
    backup = engine.backup and {**uses(store, engine.backup.server_name or name), "isWALArchiver": True}
    return plain(
        instances=engine.instances,
        imageName=engine.image,
        enableSuperuserAccess=False,
        # CloudNativePG has TLS of its own between instances, and starts Jobs that a proxy would have to end with
        inheritedMetadata=plain(annotations={**pod.annotations, INJECT: "disabled"}, labels=dict(pod.labels)),
        affinity=plain(
            enablePodAntiAffinity=True,
            topologyKey=engine.topology_key,
            podAntiAffinityType=engine.spread.value,
            nodeSelector=dict(pod.node_selector),
            tolerations=[dict(t) for t in pod.tolerations],
        ),
        imagePullSecrets=[{"name": s} for s in pod.pull_secrets],
        priorityClassName=pod.priority_class,
        bootstrap=_bootstrap(databases[0], engine),
        externalClusters=_origin(engine, origin),
        managed=plain(roles=_roles(databases, monitor)),
        storage=_volume(engine.storage),
        walStorage=_volume(engine.wal_storage) if engine.wal_storage else None,
        resources=engine.resources.manifest(),
        postgresql=plain(
            parameters=_parameters(engine),
            pg_hba=[] if engine.tls is SslMode.DISABLE else ["hostnossl all all all reject"],
            synchronous=_synchronous(engine),
        ),
        plugins=[backup] if backup else [],
    )


def _bootstrap(first: Database, engine: CloudNativePg) -> dict[str, Any]:
    owner = {"database": first.name, "owner": first.role, "secret": {"name": first.login.name}}
    if engine.recovery is None:
        # as the embedded engine makes it: C.UTF-8 sorts the same in every image
        return {"initdb": {**owner, "encoding": "UTF8", "locale": "C.UTF-8", "dataChecksums": True}}
    return {"recovery": {"source": SOURCE, **owner, **plain(recoveryTarget=engine.recovery.target())}}


def _origin(engine: CloudNativePg, store: str) -> list[dict[str, Any]]:
    if engine.recovery is None:
        return []
    return [{"name": SOURCE, "plugin": uses(store, engine.recovery.server_name)}]


def _roles(databases: Sequence[Database], monitor: SecretRef | None) -> list[dict[str, Any]]:
    """All owners but the first, whom the bootstrap makes, and who monitors."""
    logins = {d.role: d.login.name for d in databases if d.role != databases[0].role}
    roles = [_role(role, secret) for role, secret in logins.items()]
    if monitor is not None:
        limits = {"inRoles": ["pg_monitor"], "connectionLimit": monitoring.CONNECTIONS}
        roles.append(_role(monitoring.ROLE, monitor.name) | limits)
    return roles


def _role(name: str, secret: str) -> dict[str, Any]:
    return {"name": name, "ensure": "present", "login": True, "superuser": False, "passwordSecret": {"name": secret}}


def _parameters(engine: CloudNativePg) -> dict[str, str]:
    # of a volume of its own the log may take half: archiving may fall behind, and checkpoints come late
    room = mebibytes(engine.wal_storage.size) // 2 if engine.wal_storage else mebibytes(engine.storage.size) // 8
    return tuning(memory=engine.resources.memory_limit, wal=room, max_connections=engine.max_connections)


def _synchronous(engine: CloudNativePg) -> dict[str, Any] | None:
    if engine.synchronous is Synchronous.NONE or engine.instances == 1:
        return None
    return {"method": "any", "number": 1, "dataDurability": engine.synchronous.value}


def _volume(claim: Any) -> dict[str, Any]:
    return plain(size=notation(claim.size), storageClass=claim.storage_class)
