"""Secrets that an operator copies out of a store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from cdk8s import ApiObjectMetadata
from constructs import Construct

from ...imports.external_secrets import (
    ExternalSecret,
    ExternalSecretSpec,
    ExternalSecretSpecData,
    ExternalSecretSpecDataRemoteRef,
    ExternalSecretSpecRefreshPolicy,
    ExternalSecretSpecSecretStoreRef,
    ExternalSecretSpecSecretStoreRefKind,
    ExternalSecretSpecTarget,
    ExternalSecretSpecTargetCreationPolicy,
    ExternalSecretSpecTargetDeletionPolicy,
    ExternalSecretSpecTargetTemplate,
    ExternalSecretSpecTargetTemplateMergePolicy,
    ExternalSecretSpecTargetTemplateMetadata,
    ExternalSecretSpecTargetTemplateType,
)
from ...kubernetes import checks
from ...kubernetes.labels import MANAGER
from ...kubernetes.whole import whole


@dataclass(frozen=True)
class ClusterSecretStore:
    """A store of External Secrets Operator that the cluster's owners set up.

    Args:
        name: Of the `ClusterSecretStore`.
        prefix: What the entries of this installation start with: Secret `loom-nats` is entry `<prefix>/loom-nats`.
    """

    name: str
    prefix: str

    def __post_init__(self) -> None:
        checks.dns_name("name", self.name)
        if not self.prefix or self.prefix.startswith("/") or self.prefix.endswith("/"):
            raise checks.refuse("prefix", "a path that neither starts nor ends with '/'", self.prefix)


@whole
class ExternalSecrets(Construct):
    """One `ExternalSecret` (external-secrets.io/v1) for each Secret, read from the store every hour.

    A Secret outlives its `ExternalSecret` and the entry in the store: a mistake there stops no running program.

    Args:
        store: Where the values are.
        secrets: Names of the Secrets, each with its entries.
        logins: Names of those that CloudNativePG reads: of type `kubernetes.io/basic-auth`, and with the label by which
            it notices a new password. The type of a Secret that is there cannot be changed: delete it once.
    """

    secrets: Mapping[str, ExternalSecret]
    """The objects by the names of their Secrets."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        store: ClusterSecretStore,
        secrets: Mapping[str, Sequence[str]],
        logins: Collection[str] = (),
    ) -> None:
        if not secrets:
            raise checks.refuse("secrets", "at least one Secret with its entries", dict(secrets))
        for name, keys in secrets.items():
            checks.dns_name("secrets", name)
            if keys:
                checks.texts(f"secrets[{name!r}]", keys)
            else:
                raise checks.refuse(f"secrets[{name!r}]", "at least one entry", list(keys))
        checks.texts("logins", logins)
        for name in logins:
            if not {"username", "password"} <= set(secrets.get(name, ())):
                raise checks.refuse("logins", "Secrets with username and password", name)
        super().__init__(scope, id)
        self._logins = frozenset(logins)
        self.secrets = {name: self._external_secret(name, keys, store) for name, keys in secrets.items()}

    def _external_secret(self, name: str, keys: Sequence[str], store: ClusterSecretStore) -> ExternalSecret:
        return ExternalSecret(
            self,
            name,
            metadata=ApiObjectMetadata(
                name=name,
                labels={
                    "app.kubernetes.io/name": "external-secret",
                    "app.kubernetes.io/instance": name,
                    "app.kubernetes.io/managed-by": MANAGER,
                },
            ),
            spec=ExternalSecretSpec(
                refresh_policy=ExternalSecretSpecRefreshPolicy.PERIODIC,
                refresh_interval="1h",
                secret_store_ref=ExternalSecretSpecSecretStoreRef(
                    name=store.name, kind=ExternalSecretSpecSecretStoreRefKind.CLUSTER_SECRET_STORE
                ),
                target=ExternalSecretSpecTarget(
                    name=name,
                    creation_policy=ExternalSecretSpecTargetCreationPolicy.ORPHAN,
                    deletion_policy=ExternalSecretSpecTargetDeletionPolicy.RETAIN,
                    template=_login() if name in self._logins else None,
                ),
                data=[
                    ExternalSecretSpecData(
                        secret_key=key,
                        remote_ref=ExternalSecretSpecDataRemoteRef(key=f"{store.prefix}/{name}", property=key),
                    )
                    for key in keys
                ],
            ),
        )


def _login() -> ExternalSecretSpecTargetTemplate:
    return ExternalSecretSpecTargetTemplate(
        type=ExternalSecretSpecTargetTemplateType.KUBERNETES_PERIOD_IO_FORWARD_SLASH_BASIC_HYPHEN_AUTH,
        merge_policy=ExternalSecretSpecTargetTemplateMergePolicy.MERGE,
        metadata=ExternalSecretSpecTargetTemplateMetadata(labels={"cnpg.io/reload": "true"}),
    )
