"""Encrypted files: what is encrypted is rendered, and what is not is refused before that."""

import base64
import copy
import json

import pytest
import yaml

from loom_constructs import NoCredentials, SealedSecret, SopsSecret

SEALED = base64.b64encode((512).to_bytes(2, "big") + bytes(512) + bytes(24)).decode()
CIPHER = "ENC[AES256_GCM,data:b1Zm,iv:AAAA,tag:BBBB,type:str]"
FILE = {
    "kind": "Secret",
    "apiVersion": "v1",
    "metadata": {"name": "loom-secret"},
    "stringData": {"password": CIPHER, "jwt-secret": CIPHER},
    "sops": {
        "age": [{"recipient": "age1example", "enc": "-----BEGIN AGE ENCRYPTED FILE-----\n"}],
        "lastmodified": "2026-01-31T00:00:00Z",
        "mac": CIPHER,
        "encrypted_regex": "^(data|stringData)$",
        "version": "3.9.4",
    },
}


def edited(**changes):
    made = copy.deepcopy(FILE)
    for path, value in changes.items():
        *way, last = path.split("__")
        inner = made
        for step in way:
            inner = inner[step]
        if value is None:
            del inner[last]
        else:
            inner[last] = value
    return made


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "secret.sops.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))
        return path

    return write


def test_matches_snapshot(chart, render, snapshot):
    SealedSecret(chart, "db", name="loom-db", entries={"username": SEALED, "password": SEALED}, login=True)

    assert render() == snapshot


def test_a_file_of_sops_is_rendered_as_it_is(app, chart, file, render):
    NoCredentials.guard(chart)
    made = SopsSecret(chart, "secret", file=file(FILE))

    rendered = render()["Secret/loom-secret"]

    # SOPS signs the whole of it, in its order: not a label may be added
    assert json.dumps(rendered) == json.dumps(FILE)
    assert made.name == "loom-secret"
    app.synth()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (edited(stringData__password="hunter"), r"stringData.password of secret.sops.yaml must be encrypted by SOPS"),
        (edited(stringData__password=7), r"stringData.password of secret.sops.yaml must be encrypted by SOPS"),
        (edited(stringData={}), "file must be a Secret with entries"),
        (edited(sops=None), "it has no signature sops.mac"),
        (edited(sops__mac="x"), "it has no signature sops.mac"),
        (edited(sops__age=[]), "file must be encrypted for a key"),
        (edited(kind="ConfigMap"), "file must be one Secret"),
        (edited(metadata__name="A"), "file's metadata.name must be a DNS name"),
        (edited(metadata={"name": "a", "namespace": "other"}), "file must be of namespace loom, got 'other'"),
        ("- a\n", "file must be one Secret"),
    ],
)
def test_a_file_that_is_not_encrypted_is_refused(chart, file, content, message):
    with pytest.raises(ValueError, match=message) as refused:
        SopsSecret(chart, "secret", file=file(content))

    assert "hunter" not in str(refused.value)
    assert not chart.node.children


def test_a_file_must_be_there(chart, tmp_path):
    with pytest.raises(ValueError, match="file must be a file that is there"):
        SopsSecret(chart, "secret", file=tmp_path / "none")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"entries": {}}, "entries must be at least one entry"),
        ({"entries": {"a b": SEALED}}, "entries must be the name of an entry"),
        ({"entries": {"password": "hunter"}}, r"entries\['password'\] must be what `kubeseal --raw` printed"),
        ({"entries": {"password": base64.b64encode(b"hunter" * 90).decode()}}, "must be what `kubeseal --raw` printed"),
        ({"entries": {"password": SEALED}, "login": True}, "must be also username and password for a login"),
        ({"entries": {"password": SEALED}, "name": "A"}, "name must be a DNS name"),
    ],
)
def test_what_is_not_sealed_is_refused(chart, arguments, message):
    with pytest.raises(ValueError, match=message) as refused:
        SealedSecret(chart, "secret", **{"name": "loom-secret", **arguments})

    assert "hunter" not in str(refused.value)
    assert not chart.node.children


def test_a_sealed_value_is_no_credential(app, chart):
    SealedSecret(chart, "secret", name="loom-secret", entries={"password": SEALED})
    NoCredentials.guard(chart)

    app.synth()
