"""A planted credential is found, whatever its kind and whoever made the object; what we render has none."""

import json

import pytest
import yaml
from cdk8s import ApiObject, Chart, Include, JsonPatch

from loom_constructs import Container, NoCredentials, Resources
from loom_constructs.kubernetes import Kind, Labels, Manifest, Workload
from loom_constructs.production.secrets.credentials import findings
from tests.conftest import ROOT

# put together here, so that who scans this repository finds none
WORDS = "correct" + "horse"
DISORDER = "qZ8vKp2" + "LxT5wNc9RbJ4mHs7Y"
FORMS = {
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE",
    "an AWS access key": "AKIA" + "IOSFODNN7EXAMPLE".replace("8", "7"),
    "a Google API key": "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "an Azure account key": "DefaultEndpointsProtocol=https;AccountKey=" + "Ab1+" * 21 + "==",
    "a GitHub token": "ghp_" + "a1B2" * 9,
    "a GitLab token": "glpat-" + "a1B2" * 5,
    "a Slack token": "xoxb-" + "1234567890-abcdef",
    "a Stripe key": "sk_live_" + "a1B2" * 6,
    "a key of a model's provider": "sk-ant-" + "a1B2" * 9,
    "an npm token": "npm_" + "a1B2" * 9,
    "a Vault token": "hvs." + "a1B2" * 6,
    "a JSON web token": ".".join(["eyJ" + "hbGciOiJIUzI1NiJ9", "eyJ" + "zdWIiOiIxMjM0In0", "dozjgNryP4J3jVmN"]),
    "a NATS seed": "SU" + "A2B3" * 14,
    "an age key": "AGE-SECRET-" + "KEY-1" + "A2B3" * 14,
    "a password in an address": "postgres://loom:" + WORDS + "@db:5432/loom",
}


def pod(**container):
    spec = {"containers": [{"name": "main", "image": "shop:1.0", **container}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shop"}, "spec": spec}


def config(**data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shop"}, "data": data}


def secret(**more):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop"}, **more}


PLANTED = {
    "entry of a Secret": secret(data={"password": "aHVudGVyMg=="}),
    "text of a Secret": secret(stringData={"anything": "x"}),
    "variable": pod(env=[{"name": "DB_PASSWORD", "value": WORDS}]),
    "variable of a key": pod(env=[{"name": "OPENAI_API_KEY", "value": "abc-def"}]),
    "variable in camel case": pod(env=[{"name": "githubToken", "value": "abc-def"}]),
    "disorder": pod(env=[{"name": "SETTING", "value": DISORDER}]),
    "hexadecimal disorder": config(seed="9f86d081884c7d65" + "9a2feaa0c55ad015"),
    "argument": pod(args=[f"--password={WORDS}"]),
    "argument with a space": pod(command=["sh", "-c", f"serve --quiet\nexport TOKEN={WORDS}"]),
    "file of settings": config(**{"app.ini": f"[db]\nhost = db\npassword = {WORDS}\n"}),
    "file of YAML": config(**{"app.yaml": f"db:\n  host: db\n  password: '{WORDS}'\n"}),
    "file of JSON": config(**{"app.json": json.dumps({"api_key": WORDS}, indent=1)}),
    "entry of a ConfigMap": config(**{"jwt-secret": WORDS}),
    "field of an unknown kind": {
        "apiVersion": "x.y/v1",
        "kind": "Z",
        "metadata": {"name": "z"},
        "spec": {"authToken": WORDS},
    },
    "annotation": {**config(), "metadata": {"name": "shop", "annotations": {"note": FORMS["a GitHub token"]}}},
    **{form: config(note=f"see {value} for more") for form, value in FORMS.items()},
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_one_is_found_and_not_repeated(kind):
    found = list(findings(PLANTED[kind]))

    assert len(found) == 1, found
    assert kind not in FORMS or found[0].what == kind
    assert WORDS not in str(found) and DISORDER not in str(found)


@pytest.mark.parametrize(
    "harmless",
    [
        pod(env=[{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]),
        pod(env=[{"name": "URL", "value": "postgres://$(PGUSER):$(PGPASSWORD)@db/loom"}]),
        pod(
            env=[{"name": "URL", "value": "http://loom:8081/api"}, {"name": "PASSWORD_FILE", "value": "/run/password"}]
        ),
        pod(env=[{"name": "TOKEN", "value": ""}, {"name": "USE_PASSWORD", "value": "true"}]),
        pod(args=["--token=$(TOKEN)", "--password-file=/run/p"], command=["sh", "-c", "PASSWORD=$1\nserve"]),
        pod(volumeMounts=[{"name": "token", "mountPath": "/var/run/secrets"}], image="x@sha256:" + "9f86d081" * 8),
        config(**{"app.ini": "password_encryption = scram-sha-256\nsecret: ${SECRET}\n", "url": "{{ .password }}"}),
        secret(data={"password": "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"}),
        secret(type="kubernetes.io/service-account-token"),
    ],
)
def test_a_reference_is_none(harmless):
    assert list(findings(harmless)) == []


def test_what_we_render_has_none():
    objects = [o for f in (ROOT / "dist").rglob("*.k8s.yaml") for o in yaml.load_all(f.read_text(), yaml.CSafeLoader)]

    assert len(objects) > 300
    assert [found for o in objects if o for found in findings(o)] == []


def planted_in(app, chart):
    """One of each way in which an object gets into an app; the second chart knows nothing of us."""
    theirs = Chart(app, "theirs")
    ApiObject(theirs, "l1", api_version="v1", kind="ConfigMap", metadata={"name": "l1"}).add_json_patch(
        JsonPatch.add("/data", {"password": WORDS})
    )
    file = ROOT / ".build" / "planted.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(yaml.safe_dump(secret(stringData={"a": "b"})))
    Include(theirs, "included", url=str(file))
    file.unlink()
    Manifest(chart, "ours", {"apiVersion": "v1", "kind": "ConfigMap", "data": {"token": WORDS}}, name="ours")
    patched = Manifest(chart, "patched", {"apiVersion": "v1", "kind": "ConfigMap", "data": {}}, name="patched")
    patched.add_json_patch(JsonPatch.add("/data/token", WORDS))
    main = Container("main", "shop:1.0", Resources.small(), env={"API_KEY": WORDS})
    Workload(chart, "shop", kind=Kind.DEPLOYMENT, labels=Labels("s", "shop", "x", "1"), containers=[main], user=1)


def test_nothing_is_written_of_an_app_with_one(app, chart, tmp_path):
    planted_in(app, chart)
    NoCredentials.guard(chart)

    with pytest.raises(RuntimeError) as refused:
        app.synth()

    for name in ("ConfigMap/l1", "Secret/shop", "ConfigMap/ours", "ConfigMap/patched", "Deployment/shop"):
        assert f"{name} " in str(refused.value), name
    assert WORDS not in str(refused.value)
    assert not list((tmp_path / "dist").glob("*.yaml"))


def test_what_is_named_with_a_reason_passes(app, chart):
    Manifest(chart, "ours", {"apiVersion": "v1", "kind": "ConfigMap", "data": {"token": WORDS}}, name="ours")
    NoCredentials.guard(chart)
    NoCredentials.guard(app, allowed={"ConfigMap/ours": "the word that a form asks for; everybody may know it"})

    app.synth()


@pytest.mark.parametrize(
    ("allowed", "message"),
    [
        ({"ours": "x"}, "allowed must be Kind/name of an object that is no Secret, got 'ours'"),
        ({"Secret/ours": "x"}, "allowed must be Kind/name of an object that is no Secret, got 'Secret/ours'"),
        ({"ConfigMap/ours": " "}, r"allowed\['ConfigMap/ours'\] must be the reason, got ' '"),
    ],
)
def test_an_exception_needs_an_object_and_a_reason(chart, allowed, message):
    with pytest.raises(ValueError, match=message):
        NoCredentials.guard(chart, allowed=allowed)
