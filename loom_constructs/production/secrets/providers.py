"""Where values can lie, and how External Secrets Operator proves there who it is: by a ServiceAccount, never a key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, Union

from ...kubernetes import ConfigMapKey, checks
from ...kubernetes.manifest import plain

Account = Mapping[str, str]
"""A `serviceAccountRef`."""

_HTTPS = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?/?")


@dataclass(frozen=True, kw_only=True)
class VaultSecrets:
    """HashiCorp Vault or OpenBao, secrets engine KV; login by Kubernetes auth.

    Args:
        server: Its address, with https.
        role: Of the auth method: bound to the ServiceAccount of the store, with a policy that reads the prefix.
        path: Where the engine is mounted.
        version: Of the engine: `v1` or `v2`.
        auth: Where the auth method is mounted.
        vault_namespace: Of Vault Enterprise.
        ca: The certificate of the authority that signed Vault's, where that is none of the well-known.
    """

    server: str
    role: str
    path: str = "secret"
    version: str = "v2"
    auth: str = "kubernetes"
    vault_namespace: str | None = None
    ca: ConfigMapKey | None = None

    separator = "/"
    """Between the prefix and the name of an entry."""

    def __post_init__(self) -> None:
        _address("server", self.server)
        for argument in ("role", "path", "auth"):
            _given(argument, getattr(self, argument))
        checks.one_of("version", self.version, ("v1", "v2"))
        checks.instance("ca", self.ca, ConfigMapKey, type(None))

    @property
    def annotations(self) -> Mapping[str, str]:
        """Of the ServiceAccount: Vault asks the cluster whose token it is."""
        return {}

    def manifest(self, account: Account) -> dict[str, Any]:
        """As it stands in a store."""
        ca = self.ca and {"type": "ConfigMap", "name": self.ca.config_map, "key": self.ca.key}
        if ca and "namespace" in account:
            ca["namespace"] = account["namespace"]
        login = {"mountPath": self.auth, "role": self.role, "serviceAccountRef": dict(account)}
        return {
            "vault": plain(
                server=self.server,
                path=self.path,
                version=self.version,
                namespace=self.vault_namespace,
                caProvider=ca,
                auth={"kubernetes": login},
            )
        }


@dataclass(frozen=True, kw_only=True)
class AwsSecrets:
    """AWS Secrets Manager; login by IAM Roles for Service Accounts (IRSA).

    Args:
        region: Such as `eu-central-1`.
        role: The ARN of the IAM role, which trusts the ServiceAccount and may read the prefix.
    """

    region: str
    role: str

    separator = "/"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", self.region):
            raise checks.refuse("region", "a region of AWS, such as eu-central-1", self.region)
        if not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+", self.role):
            raise checks.refuse("role", "the ARN of an IAM role", self.role)

    @property
    def annotations(self) -> Mapping[str, str]:
        """Of the ServiceAccount."""
        return {"eks.amazonaws.com/role-arn": self.role}

    def manifest(self, account: Account) -> dict[str, Any]:
        """As it stands in a store."""
        auth = {"jwt": {"serviceAccountRef": dict(account)}}
        return {"aws": {"service": "SecretsManager", "region": self.region, "auth": auth}}


@dataclass(frozen=True, kw_only=True)
class GcpSecrets:
    """Google Secret Manager; login by Workload Identity Federation for GKE.

    Args:
        project: Of the secrets.
        cluster: Name of the GKE cluster.
        location: Its region or zone.
        cluster_project: Its project, if that is another one.
        service_account: Google's, which may read the secrets: `name@project.iam.gserviceaccount.com`.
    """

    project: str
    cluster: str
    location: str
    service_account: str
    cluster_project: str | None = None

    separator = "-"
    """Names there have letters, digits, `-` and `_`."""

    def __post_init__(self) -> None:
        for argument in ("project", "cluster", "location"):
            _given(argument, getattr(self, argument))
        if not re.fullmatch(r"[a-z0-9-]+@[a-z0-9.-]+\.iam\.gserviceaccount\.com", self.service_account):
            raise checks.refuse("service_account", "a service account of Google", self.service_account)

    @property
    def annotations(self) -> Mapping[str, str]:
        """Of the ServiceAccount."""
        return {"iam.gke.io/gcp-service-account": self.service_account}

    def manifest(self, account: Account) -> dict[str, Any]:
        """As it stands in a store."""
        identity = plain(
            clusterLocation=self.location,
            clusterName=self.cluster,
            clusterProjectID=self.cluster_project,
            serviceAccountRef=dict(account),
        )
        return {"gcpsm": {"projectID": self.project, "auth": {"workloadIdentity": identity}}}


@dataclass(frozen=True, kw_only=True)
class AzureSecrets:
    """Azure Key Vault; login by Microsoft Entra Workload ID.

    Args:
        vault: Its address, such as `https://loom.vault.azure.net`.
        client_id: Of the identity that is federated with the ServiceAccount and may read the vault's secrets.
        tenant_id: Of that identity.
    """

    vault: str
    client_id: str
    tenant_id: str

    separator = "-"
    """Names there have letters, digits and `-`."""

    def __post_init__(self) -> None:
        _address("vault", self.vault)
        for argument in ("client_id", "tenant_id"):
            if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", getattr(self, argument)):
                raise checks.refuse(argument, "a UUID", getattr(self, argument))

    @property
    def annotations(self) -> Mapping[str, str]:
        """Of the ServiceAccount."""
        return {
            "azure.workload.identity/client-id": self.client_id,
            "azure.workload.identity/tenant-id": self.tenant_id,
        }

    def manifest(self, account: Account) -> dict[str, Any]:
        """As it stands in a store."""
        return {"azurekv": {"authType": "WorkloadIdentity", "vaultUrl": self.vault, "serviceAccountRef": dict(account)}}


Provider: TypeAlias = Union[VaultSecrets, AwsSecrets, GcpSecrets, AzureSecrets]


def _address(argument: str, value: str) -> None:
    if not _HTTPS.fullmatch(value):
        raise checks.refuse(argument, "an https address", value)


def _given(argument: str, value: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise checks.refuse(argument, "a text that is not empty", value)
