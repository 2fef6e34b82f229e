"""The objects of CloudNativePG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from constructs import Construct

from ....kubernetes import Labels, Manifest, SecretRef, namespace_of
from ....kubernetes.image import version
from ....kubernetes.quantities import mebibytes
from ....traffic import Endpoint, Peer, SslMode, Tls
from ..database import Database
from ..served import Served, user_of
from . import spec
from .engine import CloudNativePg
from .store import PLUGIN, BarmanObjectStore

GROUP = "postgresql.cnpg.io/v1"
PORT = 5432
STATUS_PORT = 8000
"""Where an instance tells the operator and its fellows how it is, over TLS."""


class CloudNativePgServer(Construct):
    """A `Cluster`, its `Database`s, and its backups. Made by `PostgresCluster`."""

    served: Served
    """What clients need."""

    cluster: Manifest
    """The `Cluster`."""

    databases: Mapping[str, Manifest]
    """A `Database` for each but the first, which the Cluster makes itself."""

    stores: Mapping[str, Manifest]
    """The `ObjectStore`s by name."""

    scheduled_backup: Manifest | None
    """The `ScheduledBackup`, if there are backups."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        databases: Sequence[Database],
        engine: CloudNativePg,
        monitor: SecretRef | None,
    ) -> None:
        super().__init__(scope, id)
        self._labels = Labels("postgresql", name, "database", version(engine.image))
        wanted: dict[str, BarmanObjectStore] = {}
        store, origin = f"{name}-backups", f"{name}-origin"
        if engine.backup is not None:
            wanted[store] = engine.backup.store
        if engine.recovery is not None:
            if engine.backup is not None and engine.recovery.store == engine.backup.store:
                origin = store
            wanted[origin] = engine.recovery.store
        self.stores = {
            each: self._object("barmancloud.cnpg.io/v1", "ObjectStore", each, value.manifest())
            for each, value in wanted.items()
        }
        self.cluster = self._object(
            GROUP, "Cluster", name, spec.cluster(name, databases, engine, monitor, store=store, origin=origin)
        )
        self.databases = {
            d.name: self._object(
                GROUP,
                "Database",
                f"{name}-{d.name.replace('_', '-').strip('-')}",
                {
                    "cluster": {"name": name},
                    "name": d.name,
                    "owner": d.role,
                    "ensure": "present",
                    # an object that is deleted by mistake takes no data along
                    "databaseReclaimPolicy": "retain",
                },
            )
            for d in databases[1:]
        }
        self.scheduled_backup = None
        if engine.backup is not None:
            self.scheduled_backup = self._object(
                GROUP,
                "ScheduledBackup",
                f"{name}-base",
                {
                    "cluster": {"name": name},
                    "schedule": engine.backup.schedule,
                    # the way back begins with the first one
                    "immediate": True,
                    "backupOwnerReference": "self",
                    "method": "plugin",
                    "pluginConfiguration": {"name": PLUGIN},
                },
            )
        home = namespace_of(self)
        # initdb, join and recovery run in Jobs with the same label and account
        instances = Peer(name, home, {"cnpg.io/cluster": name}, service_account=name, made_by=self.cluster)
        ca = None
        if engine.tls is not SslMode.DISABLE:
            ca = SecretRef(f"{name}-ca", namespace=home).key("ca.crt")
        self.served = Served(
            peer=instances,
            host=f"{name}-rw",
            port=PORT,
            tls=Tls(engine.tls, ca),
            image=engine.client_image,
            user=engine.user if engine.user is not None else user_of(engine.client_image),
            storage_mebibytes=mebibytes(engine.storage.size),
            max_connections=engine.max_connections,
            main=self.cluster,
        )
        self._calls(instances, engine, wanted.values())

    def _object(self, api_version: str, kind: str, name: str, body: Mapping[str, Any]) -> Manifest:
        return Manifest(
            self,
            f"{kind}-{name}",
            {"apiVersion": api_version, "kind": kind, "spec": dict(body)},
            name=name,
            labels=self._labels.all,
        )

    def _calls(self, instances: Peer, engine: CloudNativePg, stores: Iterable[BarmanObjectStore]) -> None:
        """What the operator's documentation asks for (Networking), and what backups need."""
        sql = Endpoint(instances, "replication", self.served.host, PORT)
        status = Endpoint(instances, "status", self.served.host, STATUS_PORT)
        for client in (instances, engine.operator.peer):
            client.calls(sql)
            client.calls(status)
        instances.calls(engine.api_server)
        for store in stores:
            instances.calls(store.server)
