"""Where CloudNativePG keeps base backups and the log of changes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ....kubernetes import SecretKey, checks, plain
from ....traffic import Endpoint

PLUGIN = "barman-cloud.cloudnative-pg.io"
"""The plugin that backs up to object stores; what is built into the operator is deprecated since 1.26."""


class Compression(StrEnum):
    """How files are compressed: those that barman-cloud knows for base backups and for the log alike."""

    GZIP = "gzip"
    BZIP2 = "bzip2"
    LZ4 = "lz4"
    SNAPPY = "snappy"


@dataclass(frozen=True, kw_only=True)
class S3Keys:
    """A key pair for an S3-compatible store, from Secrets.

    Args:
        region: Where the store wants one.
    """

    access_key_id: SecretKey
    secret_access_key: SecretKey
    region: SecretKey | None = None

    def __post_init__(self) -> None:
        checks.instance("access_key_id", self.access_key_id, SecretKey)
        checks.instance("secret_access_key", self.secret_access_key, SecretKey)
        checks.instance("region", self.region, SecretKey, type(None))


@dataclass(frozen=True, kw_only=True)
class BarmanObjectStore:
    """A bucket (`ObjectStore` of the Barman Cloud plugin).

    Args:
        destination: Such as `s3://bucket/folder`.
        credentials: A key pair; without one, the identity of the pods (an IAM role) opens the bucket.
        endpoint_url: Of a store other than AWS's, such as `https://s3.example.org`.
        server: Who answers there, for network policies; without it, port 443 of all public addresses.
        retention: How far back one can go: a number and `d`, `w` or `m`.
        compression: Of base backups and of the log.
    """

    destination: str
    credentials: S3Keys | None = None
    endpoint_url: str | None = None
    server: Endpoint = field(default_factory=lambda: Endpoint.internet(443))
    retention: str = "30d"
    compression: Compression = Compression.GZIP

    def __post_init__(self) -> None:
        if not isinstance(self.destination, str) or not re.fullmatch(
            r"s3://[a-z0-9][a-z0-9.-]+(/\S*)?", self.destination
        ):
            raise checks.refuse("destination", "a bucket such as s3://bucket/folder", self.destination)
        checks.instance("credentials", self.credentials, S3Keys, type(None))
        if self.endpoint_url is not None and not re.fullmatch(r"https?://[^\s/]+/?", self.endpoint_url):
            raise checks.refuse("endpoint_url", "such as https://s3.example.org", self.endpoint_url)
        checks.instance("server", self.server, Endpoint)
        if not isinstance(self.retention, str) or not re.fullmatch(r"[1-9][0-9]*[dwm]", self.retention):
            raise checks.refuse("retention", "a number and d, w or m, such as 30d", self.retention)
        checks.one_of("compression", self.compression, list(Compression))

    def manifest(self) -> dict[str, Any]:
        """The specification of an `ObjectStore`."""
        keys = self.credentials
        credentials: dict[str, Any] = {"inheritFromIAMRole": True}
        if keys is not None:
            credentials = plain(
                accessKeyId=_reference(keys.access_key_id),
                secretAccessKey=_reference(keys.secret_access_key),
                region=keys.region and _reference(keys.region),
            )
        compressed = {"compression": Compression(self.compression).value}
        return {
            "retentionPolicy": self.retention,
            "configuration": plain(
                destinationPath=self.destination,
                endpointURL=self.endpoint_url,
                s3Credentials=credentials,
                # four files of the log at a time, so that archiving keeps up with a burst of writes
                wal={**compressed, "maxParallel": 4},
                data={**compressed, "jobs": 2},
            ),
        }


def _reference(value: SecretKey) -> dict[str, str]:
    return {"name": value.secret.name, "key": value.key}


def uses(store: str, server_name: str) -> dict[str, Any]:
    """How a Cluster names a store, and its own folder there."""
    return {"name": PLUGIN, "parameters": {"barmanObjectName": store, "serverName": server_name}}


@dataclass(frozen=True, kw_only=True)
class BarmanBackup:
    """Base backups on a schedule, and every change in between: the server can go back to any moment.

    Args:
        store: The bucket.
        schedule: Of base backups: six fields of cron, seconds first, UTC.
        server_name: The folder of this server in the bucket; without it, the server's name. A server that is recovered
            from a bucket needs another one there: CloudNativePG archives into an empty folder only.
    """

    store: BarmanObjectStore
    schedule: str = "0 0 1 * * *"
    server_name: str | None = None

    def __post_init__(self) -> None:
        checks.instance("store", self.store, BarmanObjectStore)
        if not isinstance(self.schedule, str) or not re.fullmatch(r"[-*/,0-9]+( [-*/,0-9A-Z?]+){5}", self.schedule):
            raise checks.refuse("schedule", "six fields of cron, seconds first, such as 0 0 1 * * *", self.schedule)
        if self.server_name is not None:
            checks.dns_label("server_name", self.server_name)
