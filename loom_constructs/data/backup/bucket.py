"""Buckets of S3-compatible object stores."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...kubernetes import SecretRef, checks
from ...traffic import Endpoint

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Bucket:
    """A bucket of Amazon S3 or of a store that speaks the same protocol. It must exist; nothing of it is made here.

    Args:
        name: Of the bucket.
        region: Of Amazon S3; for another store the one that it wants to be told, if any.
        endpoint: The store, in the cluster or outside; without it, Amazon S3. HTTPS, unless its `scheme` is `http`.
        prefix: The folder in which backups lie, such as `production`.
        credentials: Secret with `access-key-id` and `secret-access-key`; without it, the identity that the cloud gives
            to the pods' ServiceAccounts.
        path_style: Whether the bucket's name stands in the path and not in the host; without it, with `endpoint` only.
    """

    name: str
    region: str | None = None
    endpoint: Endpoint | None = None
    prefix: str = ""
    credentials: SecretRef | None = None
    path_style: bool | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", self.name):
            raise checks.refuse("name", "a bucket's name (3 to 63 lower-case letters, digits, '-' and '.')", self.name)
        checks.instance("endpoint", self.endpoint, Endpoint, type(None))
        checks.instance("credentials", self.credentials, SecretRef, type(None))
        checks.instance("path_style", self.path_style, bool, type(None))
        if self.endpoint is not None and self.endpoint.scheme not in ("", *PORTS):
            raise checks.refuse("endpoint", "an Endpoint that speaks http or https", self.endpoint.scheme)
        if self.region is None and self.endpoint is None:
            raise checks.refuse("region", "given for Amazon S3 (or endpoint, for another store)", self.region)
        if self.region is not None and not re.fullmatch(r"[a-z0-9-]+", self.region):
            raise checks.refuse("region", "a region such as eu-central-1", self.region)
        if not re.fullmatch(r"([A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?", self.prefix):
            raise checks.refuse("prefix", "a folder such as loom/production, without '/' at its ends", self.prefix)

    @property
    def store(self) -> Endpoint:
        """What is called."""
        return self.endpoint or Endpoint.internet(PORTS["https"])

    def url(self, namespace: str) -> str | None:
        """Where the store answers, as a pod of this namespace writes it; nothing for Amazon S3."""
        if self.endpoint is None:
            return None
        scheme = self.endpoint.scheme or "https"
        port = "" if self.endpoint.port == PORTS[scheme] else f":{self.endpoint.port}"
        return f"{scheme}://{self.endpoint.host_from(namespace)}{port}"
