"""The migration's Job and the pods that wait for it, by their scripts, on a real PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.pods import container
from tests.servers.conftest import Machine
from tests.servers.test_postgres import LOGINS, Postgres

JWT = "x" * 32
NEW = """#!/bin/sh
case "$1" in
  -help) echo "  -migrate run the migrations" >&2; exit 2 ;;
  -migrate) [ ! -e "$HOME/broken" ] || { echo "cannot alter table beads" >&2; exit 1; }; echo migrated ;;
  *) exit 9 ;;
esac
"""
OLD = """#!/bin/sh
case "$1" in -help) echo "  -config path" >&2; exit 2 ;; *) echo "flag provided but not defined" >&2; exit 2 ;; esac
"""


class Release:
    """The scripts of a release, with a program in the place of Loom."""

    def __init__(self, machine: Machine, postgres: Postgres, program: str) -> None:
        self.machine = machine
        objects = list(yaml.safe_load_all((ROOT / "dist" / "local" / "loom.k8s.yaml").read_text()))
        [self._job] = [o for o in objects if o["kind"] == "Job"]
        [self._pods] = [o for o in objects if o["kind"] == "Deployment" and o["metadata"]["name"] == "loom"]
        machine.write("/app/loom", program).chmod(0o755)
        machine.folders("run/migrations")
        config = machine.write("/app/config.yaml", "a: b")
        self.env = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(postgres.port),
            "PGUSER": "loom",
            "PGDATABASE": "loom",
            "PGPASSWORD": LOGINS["loom_password"],
            "JWT_SECRET": JWT,
            "CONFIG_PATH": str(config),
        }

    def run(self, workload: dict[str, Any], name: str, limit: int, env: dict[str, str]) -> tuple[int, str]:
        each = container(workload, name)
        script = self.machine.local(each["command"][2]).replace("+ 120)", f"+ {limit})")
        rendered = {v["name"]: v["value"] for v in each["env"] if v["name"] in ("RELEASE", "IMAGE", "JOB")}
        done = self.machine.run(["sh", "-c", script], {**rendered, **self.env, **env})
        return done.returncode, done.stdout + done.stderr

    def migrate(self, **env: str) -> tuple[int, str]:
        """The containers of the Job, one after the other, as the kubelet does it."""
        done = self.machine.path("/run/migrations/done")
        done.unlink(missing_ok=True)
        said = ""
        for name in ("look", "migrate", "record"):
            code, text = self.run(self._job, name, 0, env)
            said += text
            if code:
                return code, said
        return 0, said

    def start(self, limit: int = 3, **env: str) -> tuple[int, str]:
        """What holds a pod back."""
        return self.run(self._pods, "migrate", limit, env)


@pytest.fixture
def postgres(machine: Machine) -> Postgres:
    made = Postgres(machine)
    assert made.prepare().returncode == 0
    made.start()
    return made


def test_a_pod_waits_until_its_release_is_migrated(machine: Machine, postgres: Postgres) -> None:
    release = Release(machine, postgres, NEW)

    code, said = release.start()
    assert code == 1
    assert "waiting for Job loom-migrate to migrate the database for release" in said
    assert "giving up: the database is not migrated for release" in said

    code, said = release.migrate()
    assert code == 0, said
    assert "is new here" in said and "migrated" in said
    code, said = release.start()
    assert (code, said.splitlines()[-1].startswith("the database is ready for release")) == (0, True), said


def test_with_a_program_that_has_no_migrations_it_says_so_and_goes_on(machine: Machine, postgres: Postgres) -> None:
    release = Release(machine, postgres, OLD)

    code, said = release.migrate()
    assert (code, "this release has no -migrate" in said) == (0, True), said
    assert release.start()[0] == 0


def test_a_migration_that_fails_holds_new_pods_back_and_old_ones_start(machine: Machine, postgres: Postgres) -> None:
    release = Release(machine, postgres, NEW)
    assert release.migrate(RELEASE="old")[0] == 0
    machine.path("/broken").touch()

    code, said = release.migrate(RELEASE="new")
    assert code == 1
    assert "cannot alter table beads" in said
    assert release.start(RELEASE="new", limit=1)[0] == 1
    assert release.start(RELEASE="old")[0] == 0
    # back to the old release: it is not migrated again, which a program may refuse
    code, said = release.migrate(RELEASE="old")
    assert (code, "was here before: nothing to migrate" in said, "migrated" in said.split()) == (0, True, False)

    machine.path("/broken").unlink()
    assert release.migrate(RELEASE="better")[0] == 0
    assert release.start(RELEASE="better")[0] == 0
    assert postgres.sql("SELECT count(*) FROM loom_constructs.releases", "loom") == "2"


def test_a_database_that_does_not_answer_is_not_one_without_releases(machine: Machine, postgres: Postgres) -> None:
    release = Release(machine, postgres, NEW)

    code, said = release.migrate(PGPASSWORD="wrong")
    assert code == 1
    assert "authentication failed" in said and "is new here" not in said


def test_two_jobs_at_the_same_time_both_record(machine: Machine, postgres: Postgres) -> None:
    one, two = (Release(machine, postgres, OLD) for _ in range(2))
    script = container(one._job, "record")["command"][2]
    running = [
        machine.start(["sh", "-c", script], {**each.env, "RELEASE": name, "IMAGE": "loom:1"})
        for name, each in (("one", one), ("two", two))
    ]

    assert [process.wait(30) for process in running] == [0, 0], machine.log()
    assert postgres.sql("SELECT string_agg(release, ' ' ORDER BY release) FROM loom_constructs.releases", "loom") == (
        "one two"
    )


@pytest.mark.parametrize(("secret", "said"), [("x" * 31, "got 31"), ("", "got 0")])
def test_a_short_key_is_refused_before_anything_happens(
    machine: Machine, postgres: Postgres, secret: str, said: str
) -> None:
    release = Release(machine, postgres, NEW)

    for code, text in (release.migrate(JWT_SECRET=secret), release.start(JWT_SECRET=secret)):
        assert code == 1
        assert f"jwt-secret must have at least 32 bytes, {said}" in text
