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


STORE = ClusterSecretStore("vault", prefix="loom")
DATABASE = {"loom-db": ["username", "password"]}


def test_templates_put_entries_together(chart, render):
    url = "postgres://{{ .username }}:{{ .password | urlquery }}@loom-db/loom"
    ExternalSecrets(chart, "secrets", store=STORE, secrets=DATABASE, templates={"loom-db": {"url": url}})

    target = render()["ExternalSecret/loom-db"]["spec"]["target"]

    assert target["template"] == {"engineVersion": "v2", "mergePolicy": "Merge", "data": {"url": url}}


def test_a_login_may_have_templates_too(chart, render):
    ExternalSecrets(
        chart, "s", store=STORE, secrets=DATABASE, logins=["loom-db"], templates={"loom-db": {"u": "{{ .username }}"}}
    )

    template = render()["ExternalSecret/loom-db"]["spec"]["target"]["template"]

    assert template["type"] == "kubernetes.io/basic-auth" and template["data"] == {"u": "{{ .username }}"}


def test_of_a_rotated_login_everything_is_copied(chart, render):
    ExternalSecrets(chart, "secrets", store=STORE, secrets=DATABASE, rotated=["loom-db"])

    spec = render()["ExternalSecret/loom-db"]["spec"]

    # an entry that is asked for by its name must be there, and the previous login is not always
    assert "data" not in spec
    assert spec["dataFrom"] == [{"extract": {"key": "loom/loom-db"}}]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"store": "vault"}, "store must be a ClusterSecretStore or a SecretStore, got 'vault'"),
        ({"rotated": ["other"]}, "rotated must be Secrets with username and password, got 'other'"),
        ({"templates": {"other": {"u": "{{ .password }}"}}}, "templates must be one of loom-db, got 'other'"),
        ({"templates": {"loom-db": {"password": "{{ .password }}"}}}, "must be another entry than those of the store"),
        ({"templates": {"loom-db": {"u": "postgres://db"}}}, "must be a Go template with an entry"),
        ({"templates": {"loom-db": {"u": "{{ .password }"}}}, "must be a Go template with an entry"),
        ({"templates": {"loom-db": {"u": "{{ .pass }}"}}}, "must be of the entries username, password, got 'pass'"),
    ],
)
def test_what_cannot_be_is_refused(chart, arguments, message):
    with pytest.raises(ValueError, match=message):
        ExternalSecrets(chart, "secrets", **{"store": STORE, "secrets": DATABASE, **arguments})
