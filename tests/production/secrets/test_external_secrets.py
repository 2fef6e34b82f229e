import pytest

from loom_constructs import ClusterSecretStore, ExternalSecrets


def test_matches_snapshot(chart, render, snapshot):
    store = ClusterSecretStore("vault", prefix="loom/staging")
    ExternalSecrets(chart, "secrets", store=store, secrets={"loom-secret": ["password", "jwt-secret"]})

    assert render() == snapshot


@pytest.mark.parametrize("prefix", ["", "/loom", "loom/"])
def test_a_prefix_is_a_path(prefix):
    with pytest.raises(
        ValueError, match=f"prefix must be a path that neither starts nor ends with '/', got '{prefix}'"
    ):
        ClusterSecretStore("vault", prefix=prefix)


@pytest.mark.parametrize(
    ("secrets", "message"),
    [
        ({}, "secrets must be at least one Secret with its entries, got {}"),
        ({"A": ["x"]}, "secrets must be a DNS name .*got 'A'"),
        ({"s": "password"}, r"secrets\['s'\] must be a list of strings, got 'password'"),
        ({"a": []}, r"secrets\['a'\] must be at least one entry, got \[\]"),
    ],
)
def test_bad_secrets_are_refused(chart, secrets, message):
    with pytest.raises(ValueError, match=message):
        ExternalSecrets(chart, "secrets", store=ClusterSecretStore("vault", prefix="loom"), secrets=secrets)
