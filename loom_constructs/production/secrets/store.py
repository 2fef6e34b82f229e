"""Stores of External Secrets Operator: one that is there, and one that is made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, Union

from constructs import Construct

from ...kubernetes import Manifest, checks, namespace_of
from ...kubernetes.labels import MANAGER
from ...kubernetes.manifest import plain
from ...kubernetes.whole import whole
from .providers import AwsSecrets, AzureSecrets, GcpSecrets, Provider, VaultSecrets


@dataclass(frozen=True)
class ClusterSecretStore:
    """A store of External Secrets Operator that the cluster's owners set up.

    Args:
        name: Of the `ClusterSecretStore`.
        prefix: What the entries of this installation start with: Secret `loom-nats` is entry `<prefix>/loom-nats`.
    """

    name: str
    prefix: str

    kind = "ClusterSecretStore"
    """What an `ExternalSecret` names."""

    def __post_init__(self) -> None:
        checks.dns_name("name", self.name)
        _path(self.prefix)

    def entry(self, secret: str) -> str:
        """What the entry of a Secret is called in the store."""
        return f"{self.prefix}/{secret}"


@whole
class SecretStore(Construct):
    """A `SecretStore` (external-secrets.io/v1) of the namespace, and the ServiceAccount that reads it.

    Nothing secret is in it: the operator asks the cluster for a token of the ServiceAccount, whom the store trusts.
    With `namespaces` it is a `ClusterSecretStore` that these namespaces may use, and no other.

    Args:
        provider: Where the values lie: `VaultSecrets`, `AwsSecrets`, `GcpSecrets` or `AzureSecrets`.
        prefix: What the entries of this installation start with. Secret `loom-nats` is entry `<prefix>/loom-nats`; with
            Google and Azure, whose names know no `/`, `<prefix>-loom-nats`.
        name: Of the store and of the ServiceAccount.
        namespaces: Who may use it, where that are several namespaces.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    name: str
    """What it is called."""

    kind: str
    """`SecretStore` or `ClusterSecretStore`: what an `ExternalSecret` names."""

    manifest: Manifest
    """The store."""

    service_account: Manifest
    """Whom the store has to trust."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        provider: Provider,
        prefix: str,
        name: str = "loom-secrets",
        namespaces: Sequence[str] = (),
    ) -> None:
        checks.instance("provider", provider, VaultSecrets, AwsSecrets, GcpSecrets, AzureSecrets)
        if provider.separator == "/":
            _path(prefix)
        elif not re.fullmatch(r"[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?", prefix):
            raise checks.refuse("prefix", "letters, digits and '-' with this provider", prefix)
        checks.dns_label("name", name)
        checks.texts("namespaces", namespaces)
        for namespace in namespaces:
            checks.dns_label("namespaces", namespace)
        super().__init__(scope, id)
        self.name, self._prefix, self._separator = name, prefix, provider.separator
        self.kind = "ClusterSecretStore" if namespaces else "SecretStore"
        labels = {
            "app.kubernetes.io/name": "secret-store",
            "app.kubernetes.io/instance": name,
            "app.kubernetes.io/managed-by": MANAGER,
        }
        account: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            # nobody runs as it: the operator asks for a token when it needs one
            "automountServiceAccountToken": False,
        }
        self.service_account = Manifest(
            self, "account", account, name=name, labels=labels, annotations=provider.annotations
        )
        reference = {"name": name, **({"namespace": namespace_of(self)} if namespaces else {})}
        spec = plain(
            provider=provider.manifest(reference),
            conditions=[{"namespaces": list(namespaces)}] if namespaces else [],
        )
        body = {"apiVersion": "external-secrets.io/v1", "kind": self.kind, "spec": spec}
        self.manifest = Manifest(self, "store", body, name=name, labels=labels)
        self.node.default_child = self.manifest

    def entry(self, secret: str) -> str:
        """What the entry of a Secret is called in the store."""
        return f"{self._prefix}{self._separator}{secret}"


Store: TypeAlias = Union[ClusterSecretStore, SecretStore]


def _path(prefix: str) -> None:
    if not prefix or prefix.startswith("/") or prefix.endswith("/"):
        raise checks.refuse("prefix", "a path that neither starts nor ends with '/'", prefix)
