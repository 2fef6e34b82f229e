"""Who runs PostgreSQL in an environment."""

from __future__ import annotations

from ..data import (
    BarmanBackup,
    BarmanObjectStore,
    CloudNativePg,
    EmbeddedPostgres,
    ExternalPostgres,
    S3Keys,
)
from ..traffic import Endpoint
from . import secrets
from .environment import Environment
from .priority import Priority
from .settings import CloudNativePgSettings


def postgres_engine(environment: Environment) -> EmbeddedPostgres | CloudNativePg | ExternalPostgres:
    """The engine, from the environment's values."""
    settings = environment.postgres
    if isinstance(settings.engine, ExternalPostgres):
        return settings.engine
    if isinstance(settings.engine, CloudNativePgSettings):
        return _cloud_native_pg(environment, settings.engine)
    return EmbeddedPostgres(
        image=environment.images.postgres,
        folder=settings.engine.folder,
        storage=settings.storage,
        resources=settings.resources,
        max_connections=settings.max_connections,
        replication=secrets.REPLICATION if environment.archive else None,
        pod=environment.pods(Priority.DATA),
    )


def _cloud_native_pg(environment: Environment, engine: CloudNativePgSettings) -> CloudNativePg:
    settings = environment.postgres
    store = BarmanObjectStore(
        destination=engine.backups,
        endpoint_url=engine.endpoint_url,
        credentials=S3Keys(
            access_key_id=secrets.OBJECT_STORE.key("access-key-id"),
            secret_access_key=secrets.OBJECT_STORE.key("secret-access-key"),
        ),
        retention=engine.retention,
    )
    return CloudNativePg(
        api_server=Endpoint.api_server(*environment.network.api_server),
        instances=engine.instances,
        image=engine.image,
        client_image=environment.images.postgres,
        storage=settings.storage,
        wal_storage=engine.wal_storage,
        resources=settings.resources,
        max_connections=settings.max_connections,
        synchronous=engine.synchronous,
        spread=engine.spread,
        backup=BarmanBackup(store=store, schedule=engine.backup_schedule),
        pod=environment.pods(Priority.DATA),
    )
