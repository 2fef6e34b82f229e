"""A rotation in a world of dictionaries: whatever stops it, no program ever has a login that its server does not know."""

import base64
import copy
import json

import pytest

from loom_constructs.cli import main
from loom_constructs.data import pgbouncer_files
from loom_constructs.data.postgres import logins
from loom_constructs.delivery import DeliveryError, readers, rotate, rotate_login, rotate_password

NAME = "loom-postgresql-secret"
WHERE = {"namespace": "loom", "environment": "local"}


def encoded(**data):
    return {k.replace("_", "-"): base64.b64encode(v.encode()).decode() for k, v in data.items()}


def test_it_reads_what_the_servers_write():
    """The commands know no construct, so both sides say where; nobody would notice a rotation that waits for nothing."""
    assert readers._APPLIED["logins"] == logins.APPLIED
    assert f">{readers._APPLIED['pgbouncer']}\n" in pgbouncer_files.START


class Stopped(Exception):
    """The command was killed."""


class World:
    """A Secret, a server and a pooler that follow it after a while, and a program that has it in variables."""

    def __init__(self, monkeypatch):
        self.data, self.version, self.annotations = encoded(username="loom", password="first"), 1, {}
        self.server = self._logins()
        self.program = self._login()
        self.marks = {}
        self.jobs = 0
        self.late = 2
        self.calls = 0
        self.stop_at = None
        self.follower = True
        for module in (rotate, readers):
            monkeypatch.setattr(module, "kubectl", self.kubectl)
        monkeypatch.setattr(rotate, "find", self.find)
        monkeypatch.setattr(rotate, "refuse_other_environment", lambda *a: None)

    def _text(self, key):
        return base64.b64decode(self.data[key]).decode() if key in self.data else None

    def _login(self):
        return self._text("username"), self._text("password")

    def _logins(self):
        return {self._login(), (self._text("previous-username"), self._text("previous-password"))} - {(None, None)}

    def find(self, kind, name, *arguments):
        metadata = {"name": name, "namespace": "loom", "resourceVersion": str(self.version)}
        managed = [{"manager": rotate.MANAGER, "time": "2026-01-31T00:00:00Z"}] if self.version > 1 else []
        metadata |= {"annotations": dict(self.annotations), "managedFields": managed}
        return {"metadata": metadata, "data": dict(self.data)} if name == NAME else None

    def kubectl(self, *arguments, stdin=None):
        self.calls += 1
        if self.calls == self.stop_at:
            raise Stopped
        answer = self._answer(arguments, stdin)
        assert self.program in self.server, "the program has a login that its server does not know"
        return answer

    def _answer(self, arguments, stdin):
        if arguments[0] == "patch" and arguments[1] == "secret":
            patch = json.loads(stdin)
            assert patch["metadata"]["resourceVersion"] == str(self.version), "somebody else was faster"
            self.data |= patch["data"]
            self.data = {k: v for k, v in self.data.items() if v is not None}
            self.annotations |= patch["metadata"]["annotations"]
            self.version += 1
            self.waiting = self.late
        elif arguments[0] == "patch":
            self.marks = json.loads(arguments[-1])["spec"]["template"]["metadata"]["annotations"]
            self.program = self._login()
        elif arguments[0] == "exec":
            self.waiting -= 1
            if self.waiting > 0:
                return ""
            self.server = self._logins()
            return "".join(f"{k}={self._text(k)}\n" for k in self.data if k.endswith("username"))
        elif arguments[:2] == ("get", "pods"):
            return json.dumps({"items": self._pods()})
        elif arguments[0] == "get":
            return json.dumps({"items": [self._workload()]})
        return ""

    def _workload(self):
        reads = {"name": "P", "valueFrom": {"secretKeyRef": {"name": NAME, "key": "password"}}}
        template = {"metadata": {"annotations": self.marks}, "spec": {"containers": [{"name": "loom", "env": [reads]}]}}
        return {"kind": "Deployment", "metadata": {"name": "loom"}, "spec": {"template": template}}

    def _pods(self):
        self.jobs -= 1
        files = [{"key": k, "path": k} for k in ("username", "previous-username")]
        pods = []
        for container in ("logins", "pgbouncer") if self.follower else ("pgbouncer",):
            volumes = [{"name": "login", "projected": {"sources": [{"secret": {"name": NAME, "items": files}}]}}]
            mounts = [{"name": "login", "mountPath": "/login"}]
            pods.append({"volumes": volumes, "containers": [{"name": container, "volumeMounts": mounts}]})
        if self.jobs > 0:
            pods.append(self._workload()["spec"]["template"]["spec"])
        metadata = {"name": "p", "namespace": "loom", "creationTimestamp": "2026-01-30T00:00:00Z"}
        return [{"metadata": metadata, "spec": spec, "status": {"phase": "Running"}} for spec in copy.deepcopy(pods)]


@pytest.fixture
def world(monkeypatch):
    return World(monkeypatch)


def run(**more):
    said = []
    rotate_login(NAME, **WHERE, say=said.append, pause=0, **more)
    return said


def test_everybody_moves_over_and_the_old_login_goes(world):
    world.jobs = 5

    said = run()

    assert world._login()[0] == "loom_b" and set(world.data) == {"username", "password"}
    assert world.server == {world.program} == {world._login()}
    assert len(world.program[1]) == 64
    assert said[-1] == f"{NAME}: the old login is dead"
    assert world.program[1] not in " ".join(said) and "first" not in " ".join(said)
    # a job that began with the old one was waited for
    assert world.jobs <= 0
    run()
    assert world._login()[0] == "loom"


def test_killed_at_any_point_it_goes_on_there(monkeypatch):
    whole = World(monkeypatch)
    run()
    for stop in range(1, whole.calls + 1):
        world = World(monkeypatch)
        world.stop_at = stop
        with pytest.raises(Stopped):
            run()
        before = dict(world.data)
        run()
        assert world.server == {world.program} == {world._login()}, stop
        # it went on with the login that was there, unless that rotation was over, or had not begun
        if "previous-username" in before:
            assert world.data["password"] == before["password"], stop


def test_who_is_late_is_named_and_nothing_is_lost(world):
    world.late = 10**9

    with pytest.raises(DeliveryError, match="is not applied everywhere after 0 s; both logins stay; run it again"):
        run(timeout=0)
    assert "previous-password" in world.data


def test_without_a_server_that_follows_nothing_is_changed(world):
    world.follower = False

    with pytest.raises(DeliveryError, match="no PostgreSQL of namespace loom follows .*nothing was changed"):
        run()
    assert world.version == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [({"username": "eA=="}, "has no password"), (encoded(username="x" * 62, password="p"), "at most 61 bytes")],
)
def test_what_is_no_login_is_refused(world, data, message):
    world.data = data
    world.server, world.program = {1}, 1

    with pytest.raises(DeliveryError, match=message):
        run()
    assert world.version == 1


def test_a_secret_that_is_not_there_is_named(world):
    with pytest.raises(DeliveryError, match="namespace loom has no Secret other"):
        rotate_login("other", **WHERE)


def test_the_key_store_is_not_locked_by_accident(world, capsys):
    assert main(["rotate", "local", "--secret", "loom-secret"]) == 1

    assert "unlocks Loom's key store" in capsys.readouterr().err
    assert world.calls == 0


def test_a_store_of_record_is_where_its_secrets_are_changed(capsys):
    assert main(["rotate", "production"]) == 1
    assert "change loom-postgresql-secret there, as docs/how-to/rotate-secrets.md says" in capsys.readouterr().err
    assert main(["rotate", "local", "--secret", "loom-nats"]) == 1
    assert "secret must be one of loom-postgresql-secret, loom-temporal-db, loom-secret" in capsys.readouterr().err


def test_a_password_alone_is_changed_at_once_and_the_world_notices(world):
    """What the proofs above would say of a rotation with one login."""
    said = []
    with pytest.raises(AssertionError, match="a login that its server does not know"):
        rotate_password(NAME, "password", **WHERE, say=said.append)
    assert said == [f"{NAME}: password is another one"]
