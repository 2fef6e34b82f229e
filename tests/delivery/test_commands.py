"""The commands against a recording stand-in of kubectl; tests/cluster runs them on a real cluster."""

import base64
import json
import os
import stat
from pathlib import Path

import pytest

from loom_constructs.cli import main
from tests.conftest import ROOT

STAND_IN = """#!{python}
import json, sys, pathlib
state = pathlib.Path({state!r})
world = json.loads(state.read_text())
stdin = sys.stdin.read() if "-" in sys.argv or "/dev/stdin" in sys.argv else ""
world["calls"].append([sys.argv[1:], stdin])
arguments = sys.argv[1:]
if arguments[0] == "get":
    found = world["objects"].get("/".join(arguments[1:3]))
    print(json.dumps(found) if found else "")
elif arguments[:2] == ["config", "current-context"]:
    print("laptop")
elif arguments[0] == "kustomize":
    print("\\n---\\n".join(map(json.dumps, world["rendered"])))
elif "--dry-run=client" in arguments:
    print(json.dumps({{"items": world["rendered"]}}))
else:
    print("done", *arguments)
state.write_text(json.dumps(world))
if arguments[0] == world.get("fails"):
    print("the server said no", file=sys.stderr)
    sys.exit(1)
"""


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """A world that the stand-in reads and writes."""
    import sys

    state = tmp_path / "state.json"
    program = tmp_path / "bin" / "kubectl"
    program.parent.mkdir()
    program.write_text(STAND_IN.format(python=sys.executable, state=str(state)))
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(ROOT)

    class World:
        def set(self, **values):
            state.write_text(json.dumps({"objects": {}, "calls": [], "rendered": [], **values}))

        @property
        def calls(self):
            return json.loads(state.read_text())["calls"]

        def sent(self, verb):
            return [json.loads(stdin) for arguments, stdin in self.calls if arguments[0] == verb and stdin]

    world = World()
    world.set()
    return world


def namespace(environment):
    return {"namespace/loom": {"metadata": {"labels": {"environment": environment}}}}


def secret(**data):
    return {"metadata": {"resourceVersion": "7"}, "data": {k: "eA==" for k in data}}


def test_apply_is_server_side_and_goes_to_the_folder(cluster, capsys):
    assert main(["apply", "local"]) == 0

    assert cluster.calls[-1][0] == ["apply", "--server-side", "--force-conflicts", "-k", "dist/local"]
    assert "done apply" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["apply", "secrets", "delete"])
def test_a_namespace_of_another_environment_is_refused_before_anything_is_sent(cluster, capsys, command):
    cluster.set(objects=namespace("production"))

    assert main([command, "local"]) == 1

    assert "namespace loom of context laptop must be of environment local, got production" in capsys.readouterr().err
    assert {arguments[0] for arguments, _ in cluster.calls} == {"get", "config"}


def test_an_unknown_environment_is_refused(cluster, capsys):
    assert main(["apply", "qa"]) == 1
    assert "environment must be one of local, staging, production, got 'qa'" in capsys.readouterr().err
    assert cluster.calls == []


def test_what_is_not_rendered_cannot_be_applied(cluster, capsys, tmp_path):
    assert main(["apply", "local", "--dist", str(tmp_path)]) == 1
    assert "is not there; render it first (make synth)" in capsys.readouterr().err


def test_kubectls_own_words_are_passed_on(cluster, capsys):
    cluster.set(fails="apply")

    assert main(["apply", "local"]) == 1
    assert "kubectl apply failed: the server said no" in capsys.readouterr().err


def test_a_missing_kubectl_is_named(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.chdir(ROOT)

    assert main(["apply", "local"]) == 1
    assert "kubectl is not on the PATH" in capsys.readouterr().err


def test_secrets_that_are_missing_are_made_and_nothing_secret_is_printed(cluster, capsys):
    assert main(["secrets", "local"]) == 0

    made = {s["metadata"]["name"]: s["data"] for s in cluster.sent("create")}
    assert {name: sorted(data) for name, data in made.items()} == {
        "loom-secret": ["jwt-secret", "password"],
        "loom-postgresql-secret": ["password", "username"],
        "loom-temporal-db": ["password", "username"],
        "loom-nats": ["agents", "connectors", "control-plane", "stream", "stream-backup", "stream-restore", "sys"],
    }
    assert base64.b64decode(made["loom-postgresql-secret"]["username"]) == b"loom"
    assert base64.b64decode(made["loom-temporal-db"]["username"]) == b"temporal"
    values = [base64.b64decode(v).decode() for data in made.values() for k, v in data.items() if k != "username"]
    assert len(set(values)) == len(values) and all(len(v) == 64 for v in values)
    out = capsys.readouterr()
    assert (
        "loom-nats: made with control-plane, agents, connectors, stream, stream-backup, stream-restore, sys" in out.out
    )
    shown = out.out + out.err + "".join(" ".join(arguments) for arguments, _ in cluster.calls)
    assert not any(v in shown for v in values)
    assert not any(v in shown for data in made.values() for v in data.values())


def test_the_namespace_comes_first_if_it_is_missing(cluster):
    main(["secrets", "local"])

    verbs = [arguments[0] for arguments, _ in cluster.calls]
    assert verbs.index("apply") < verbs.index("create")
    assert ["apply", "--server-side", "-f", "dist/local/namespace.k8s.yaml"] in [a for a, _ in cluster.calls]


def test_what_is_there_is_completed_and_never_overwritten(cluster, capsys):
    cluster.set(
        objects={
            **namespace("local"),
            "secret/loom-secret": secret(password="x"),
            "secret/loom-postgresql-secret": secret(username="x", password="x"),
        }
    )

    assert main(["secrets", "local"]) == 0

    [patch] = cluster.sent("patch")
    assert list(patch["data"]) == ["jwt-secret"]
    assert patch["metadata"] == {"resourceVersion": "7"}
    assert {s["metadata"]["name"] for s in cluster.sent("create")} == {"loom-temporal-db", "loom-nats"}
    out = capsys.readouterr().out
    assert "loom-secret: added jwt-secret" in out and "loom-postgresql-secret: complete" in out


def test_delete_keeps_claims_and_the_namespace(cluster):
    kinds = ("Namespace", "PersistentVolumeClaim", "Deployment", "Service")
    cluster.set(objects=namespace("local"), rendered=[{"kind": k} for k in kinds])

    assert main(["delete", "local"]) == 0

    [deleted] = cluster.sent("delete")
    assert [o["kind"] for o in deleted["items"]] == ["Deployment", "Service"]
    assert not any(a[1] == "namespace" for a, _ in cluster.calls if a[0] == "delete")


def test_an_environment_with_a_store_gets_no_made_up_secrets(cluster, capsys):
    assert main(["secrets", "production"]) == 1

    assert (
        "production takes its Secrets from store loom: put them there, under loom/production" in capsys.readouterr().err
    )
    assert cluster.calls == []


def test_delete_with_claims_wants_a_namespace_that_says_what_it_is(cluster, capsys):
    cluster.set(objects={"namespace/loom": {"metadata": {}}})

    assert main(["delete", "local", "--claims"]) == 1

    assert "namespace loom must say that it is of environment local; nothing was sent" in capsys.readouterr().err
    assert not [a for a, _ in cluster.calls if a[0] == "delete"]


def test_delete_with_claims_deletes_the_namespace(cluster):
    assert main(["delete", "local", "--claims"]) == 0

    assert cluster.calls[-1][0] == ["delete", "namespace", "loom", "--ignore-not-found"]


def test_delete_with_claims_takes_what_is_the_whole_clusters_too(cluster):
    rendered = [
        {"kind": "Namespace", "metadata": {"name": "loom"}},
        {"kind": "Deployment", "metadata": {"name": "loom", "namespace": "loom"}},
        {"kind": "ValidatingAdmissionPolicy", "metadata": {"name": "loom-local-limits"}},
    ]
    cluster.set(objects=namespace("local"), rendered=rendered)

    assert main(["delete", "local", "--claims"]) == 0

    [deleted] = cluster.sent("delete")
    assert [o["kind"] for o in deleted["items"]] == ["ValidatingAdmissionPolicy"]
    assert cluster.calls[-1][0] == ["delete", "namespace", "loom", "--ignore-not-found"]


def test_the_help_teaches(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert "overwrites nothing" in out and "claims and Secrets stay" in out


def test_the_rendered_namespace_file_exists():
    assert Path(ROOT, "dist", "local", "namespace.k8s.yaml").is_file()
