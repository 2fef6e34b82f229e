"""Several control planes on an empty database: one goes first, the others wait for its tables."""

from __future__ import annotations

import threading

import yaml

from tests.conftest import ROOT
from tests.pods import container
from tests.servers.conftest import Machine
from tests.servers.test_postgres import LOGINS, Postgres


def test_one_goes_first_and_the_others_follow_its_tables(machine: Machine) -> None:
    postgres = Postgres(machine, "staging")
    assert postgres.prepare().returncode == 0
    postgres.start()
    objects = yaml.safe_load_all((ROOT / "dist" / "staging" / "loom.k8s.yaml").read_text())
    loom = next(o for o in objects if o["kind"] == "Deployment" and o["metadata"]["name"] == "loom")
    script = container(loom, "take-turns")["command"][2]
    said: dict[str, str] = {}

    def run(pod: str) -> None:
        env = {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": "loom", "PGDATABASE": "loom"}
        done = machine.run(["sh", "-c", script], {**env, "PGPASSWORD": LOGINS["loom_password"], "POD_NAME": pod})
        said[pod] = done.stdout

    pods = [threading.Thread(target=run, args=(f"loom-{i}",)) for i in range(3)]
    for pod in pods:
        pod.start()
    for _ in range(100):
        if said:
            break
        threading.Event().wait(0.1)
    threading.Event().wait(4)
    assert len(said) == 1, "more than one went first"
    [(first, text)] = said.items()
    assert text.splitlines()[-1] == "this pod goes first"

    done = machine.run(
        ["psql", "-XAtc", "CREATE TABLE beads (id int)", "-d", "loom"],
        {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": "loom", "PGPASSWORD": LOGINS["loom_password"]},
    )
    assert done.returncode == 0, done.stderr
    for pod in pods:
        pod.join(40)
    assert sorted(said) == ["loom-0", "loom-1", "loom-2"]
    assert all(s.splitlines()[-1] == "the database has its tables" for p, s in said.items() if p != first)
