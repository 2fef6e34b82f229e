"""Secrets that an operator copies out of a store."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from cdk8s import ApiObjectMetadata
from constructs import Construct

from ...imports.external_secrets import (
    ExternalSecret,
    ExternalSecretSpec,
    ExternalSecretSpecData,
    ExternalSecretSpecDataFrom,
    ExternalSecretSpecDataFromExtract,
    ExternalSecretSpecDataRemoteRef,
    ExternalSecretSpecRefreshPolicy,
    ExternalSecretSpecSecretStoreRef,
    ExternalSecretSpecSecretStoreRefKind,
    ExternalSecretSpecTarget,
    ExternalSecretSpecTargetCreationPolicy,
    ExternalSecretSpecTargetDeletionPolicy,
    ExternalSecretSpecTargetTemplate,
    ExternalSecretSpecTargetTemplateEngineVersion,
    ExternalSecretSpecTargetTemplateMergePolicy,
    ExternalSecretSpecTargetTemplateMetadata,
    ExternalSecretSpecTargetTemplateType,
)
from ...kubernetes import checks
from ...kubernetes.labels import MANAGER
from ...kubernetes.whole import whole
from .store import ClusterSecretStore, SecretStore, Store

_REFERENCE = re.compile(r"\{\{-?[^}]*\}\}")
_NAME = re.compile(r"\.([A-Za-z_]\w*)|index\s+\.\s+\"([^\"]+)\"")


@whole
class ExternalSecrets(Construct):
    """One `ExternalSecret` (external-secrets.io/v1) for each Secret, read from the store every hour.

    A Secret outlives its `ExternalSecret` and the entry in the store: a mistake there stops no running program.

    Args:
        store: Where the values are: one that is there (`ClusterSecretStore`), or one that is made (`SecretStore`).
        secrets: Names of the Secrets, each with its entries.
        logins: Names of those that CloudNativePG reads: of type `kubernetes.io/basic-auth`, and with the label by which
            it notices a new password. The type of a Secret that is there cannot be changed: delete it once.
        rotated: Names of those that may have a second login meanwhile: all fields of the entry are copied, so that
            `previous-username` and `previous-password` may come and go.
        templates: By the name of a Secret, further entries that are put together of its others: Go templates, such as
            `postgres://{{ .username }}:{{ .password | urlquery }}@loom-db/loom` or a whole file.
    """

    secrets: Mapping[str, ExternalSecret]
    """The objects by the names of their Secrets."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        store: Store,
        secrets: Mapping[str, Sequence[str]],
        logins: Collection[str] = (),
        rotated: Collection[str] = (),
        templates: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        checks.instance("store", store, ClusterSecretStore, SecretStore)
        if not secrets:
            raise checks.refuse("secrets", "at least one Secret with its entries", dict(secrets))
        for name, keys in secrets.items():
            checks.dns_name("secrets", name)
            if keys:
                checks.texts(f"secrets[{name!r}]", keys)
            else:
                raise checks.refuse(f"secrets[{name!r}]", "at least one entry", list(keys))
        for argument, names in (("logins", logins), ("rotated", rotated)):
            checks.texts(argument, names)
            for name in names:
                if not {"username", "password"} <= set(secrets.get(name, ())):
                    raise checks.refuse(argument, "Secrets with username and password", name)
        for name, made in (templates or {}).items():
            _check_templates(name, made, secrets)
        super().__init__(scope, id)
        self._logins, self._rotated, self._templates = frozenset(logins), frozenset(rotated), templates or {}
        self.secrets = {name: self._external_secret(name, keys, store) for name, keys in secrets.items()}

    def _external_secret(self, name: str, keys: Sequence[str], store: Store) -> ExternalSecret:
        whole_entry = name in self._rotated
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
                secret_store_ref=ExternalSecretSpecSecretStoreRef(name=store.name, kind=_KINDS[store.kind]),
                target=ExternalSecretSpecTarget(
                    name=name,
                    creation_policy=ExternalSecretSpecTargetCreationPolicy.ORPHAN,
                    deletion_policy=ExternalSecretSpecTargetDeletionPolicy.RETAIN,
                    template=_template(self._templates.get(name), login=name in self._logins),
                ),
                data=None
                if whole_entry
                else [
                    ExternalSecretSpecData(
                        secret_key=key,
                        remote_ref=ExternalSecretSpecDataRemoteRef(key=store.entry(name), property=key),
                    )
                    for key in keys
                ],
                data_from=[ExternalSecretSpecDataFrom(extract=ExternalSecretSpecDataFromExtract(key=store.entry(name)))]
                if whole_entry
                else None,
            ),
        )


_KINDS = {
    "SecretStore": ExternalSecretSpecSecretStoreRefKind.SECRET_STORE,
    "ClusterSecretStore": ExternalSecretSpecSecretStoreRefKind.CLUSTER_SECRET_STORE,
}


def _template(data: Mapping[str, str] | None, *, login: bool) -> ExternalSecretSpecTargetTemplate | None:
    if not data and not login:
        return None
    kind = ExternalSecretSpecTargetTemplateType.KUBERNETES_PERIOD_IO_FORWARD_SLASH_BASIC_HYPHEN_AUTH
    return ExternalSecretSpecTargetTemplate(
        engine_version=ExternalSecretSpecTargetTemplateEngineVersion.V2,
        merge_policy=ExternalSecretSpecTargetTemplateMergePolicy.MERGE,
        type=kind if login else None,
        metadata=ExternalSecretSpecTargetTemplateMetadata(labels={"cnpg.io/reload": "true"}) if login else None,
        data=dict(data) if data else None,
    )


def _check_templates(name: str, made: Mapping[str, str], secrets: Mapping[str, Sequence[str]]) -> None:
    checks.one_of("templates", name, list(secrets))
    for key, text in made.items():
        argument = f"templates[{name!r}][{key!r}]"
        checks.secret_key(argument, key)
        if key in secrets[name]:
            raise checks.refuse(argument, "another entry than those of the store", key)
        named = {a or b for found in _REFERENCE.findall(text) for a, b in _NAME.findall(found)}
        if not named or text.count("{{") != text.count("}}"):
            raise checks.refuse(argument, "a Go template with an entry, such as {{ .password }}", text)
        if unknown := named - set(secrets[name]):
            raise checks.refuse(argument, f"of the entries {', '.join(secrets[name])}", min(unknown))
