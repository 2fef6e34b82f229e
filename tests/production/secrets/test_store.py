"""Stores that are made: one for each provider, and what it says."""

import pytest

from loom_constructs import (
    AwsSecrets,
    AzureSecrets,
    ClusterSecretStore,
    ConfigMapKey,
    ExternalSecrets,
    GcpSecrets,
    SecretStore,
    VaultSecrets,
)

VAULT = VaultSecrets(server="https://vault.example.com:8200", role="loom", ca=ConfigMapKey("vault-ca", "ca.crt"))
AWS = AwsSecrets(region="eu-central-1", role="arn:aws:iam::111122223333:role/loom-secrets")
GCP = GcpSecrets(
    project="shop", cluster="main", location="europe-west3", service_account="loom@shop.iam.gserviceaccount.com"
)
AZURE = AzureSecrets(
    vault="https://loom.vault.azure.net",
    client_id="00000000-0000-0000-0000-000000000001",
    tenant_id="00000000-0000-0000-0000-000000000002",
)
PROVIDERS = {"vault": VAULT, "aws": AWS, "gcp": GCP, "azure": AZURE}


def test_matches_snapshot(chart, render, snapshot):
    for name, provider in PROVIDERS.items():
        prefix = "loom/staging" if provider.separator == "/" else "loom-staging"
        SecretStore(chart, name, provider=provider, prefix=prefix, name=name)

    assert render() == snapshot


def test_a_store_is_what_external_secrets_takes(chart, render):
    store = SecretStore(chart, "store", provider=GCP, prefix="loom-staging")
    ExternalSecrets(chart, "secrets", store=store, secrets={"loom-secret": ["password"]})

    spec = render()["ExternalSecret/loom-secret"]["spec"]

    assert spec["secretStoreRef"] == {"name": "loom-secrets", "kind": "SecretStore"}
    # no '/' in names of Google
    assert spec["data"][0]["remoteRef"]["key"] == "loom-staging-loom-secret"


def test_nobody_runs_as_the_account_that_the_store_trusts(chart, render):
    SecretStore(chart, "store", provider=AWS, prefix="loom")

    account = render()["ServiceAccount/loom-secrets"]

    assert account["automountServiceAccountToken"] is False
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": AWS.role}


def test_several_namespaces_share_a_store_that_is_for_them_only(chart, render):
    store = SecretStore(chart, "store", provider=VAULT, prefix="loom", namespaces=["loom", "shop"])

    made = render()["ClusterSecretStore/loom-secrets"]["spec"]

    assert store.kind == "ClusterSecretStore"
    assert made["conditions"] == [{"namespaces": ["loom", "shop"]}]
    # such a store has no namespace of its own
    vault = made["provider"]["vault"]
    assert vault["auth"]["kubernetes"]["serviceAccountRef"] == {"name": "loom-secrets", "namespace": "loom"}
    assert vault["caProvider"]["namespace"] == "loom"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: VaultSecrets(server="http://vault", role="loom"),
            "server must be an https address, got 'http://vault'",
        ),
        (lambda: VaultSecrets(server="https://vault", role=" "), "role must be a text that is not empty"),
        (lambda: VaultSecrets(server="https://vault", role="x", version="v3"), "version must be one of v1, v2"),
        (lambda: AwsSecrets(region="Frankfurt", role=AWS.role), "region must be a region of AWS, such as eu-central-1"),
        (lambda: AwsSecrets(region="eu-central-1", role="loom"), "role must be the ARN of an IAM role, got 'loom'"),
        (
            lambda: GcpSecrets(project="p", cluster="c", location="l", service_account="me@example.com"),
            "service_account must be a service account of Google",
        ),
        (lambda: AzureSecrets(vault="https://v", client_id="x", tenant_id="y"), "client_id must be a UUID, got 'x'"),
        (lambda: ClusterSecretStore("Vault", prefix="x"), "name must be a DNS name"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"provider": "vault", "prefix": "loom"}, "provider must be a VaultSecrets or"),
        ({"provider": VAULT, "prefix": "/loom"}, "prefix must be a path that neither starts nor ends with '/'"),
        ({"provider": AZURE, "prefix": "loom/staging"}, "prefix must be letters, digits and '-' with this provider"),
        ({"provider": VAULT, "prefix": "loom", "name": "A"}, "name must be a DNS label"),
        ({"provider": VAULT, "prefix": "loom", "namespaces": ["A"]}, "namespaces must be a DNS label"),
    ],
)
def test_a_store_that_cannot_be_is_refused(chart, arguments, message):
    with pytest.raises(ValueError, match=message):
        SecretStore(chart, "store", **arguments)
    assert not chart.node.children
