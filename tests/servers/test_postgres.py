"""PostgresCluster's files and scripts on the real PostgreSQL."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.pods import container
from tests.servers.conftest import Machine, answers, eventually, free_port, needed

LOGINS = {
    "loom_username": "loom",
    "loom_password": """it's "a\\ $(pass) word""",
    "temporal_username": "temporal",
    "temporal_password": "t",
    "temporal_visibility_username": "temporal",
    "temporal_visibility_password": "t",
    "MONITOR_USERNAME": "loom_monitor",
    "MONITOR_PASSWORD": "m'\"$\\/?#@:=onitor",
    "replication_username": "archive",
    "replication_password": "r",
}
ENVIRONMENTS = ("local", "staging")
"""Those with the embedded engine."""


class Postgres:
    """A server from the rendered files of an environment."""

    def __init__(self, machine: Machine, environment: str = "local") -> None:
        needed("initdb", "pg_ctl", "postgres", "psql", "pg_isready")
        self.machine = machine
        self.port = free_port()
        objects = list(yaml.safe_load_all((ROOT / "dist" / environment / "data.k8s.yaml").read_text()))
        files = next(o for o in objects if o["metadata"]["name"] == "loom-db-config")["data"]
        self.workload = next(o for o in objects if o["kind"] == "StatefulSet" and o["metadata"]["name"] == "loom-db")
        machine.folders("var/lib/postgresql/data", "var/run/postgresql", "tmp")
        for name, text in files.items():
            machine.write(f"/etc/postgresql/{name}", text)
        # the machine is smaller than production's pods, and one port is taken by many tests
        conf = machine.path("/etc/postgresql/postgresql.conf")
        conf.write_text(conf.read_text() + f"port = {self.port}\n")
        self.pgdata = machine.path("/var/lib/postgresql/data/pgdata")
        self.env = {
            "PGDATA": str(self.pgdata),
            "PGHOST": str(machine.path("/var/run/postgresql")),
            "PGPORT": str(self.port),
        }

    def prepare(self, **logins: str):
        script = str(self.machine.path("/etc/postgresql/prepare.sh"))
        return self.machine.run(["sh", script], {**self.env, **LOGINS, **logins})

    def start(self):
        conf = self.machine.path("/etc/postgresql/postgresql.conf")
        process = self.machine.start(["postgres", "-c", f"config_file={conf}"], self.env)
        assert eventually(lambda: self.sql("SELECT 1") == "1"), self.machine.log()
        return process

    def sql(self, query: str, database: str = "postgres", **env: str) -> str:
        arguments = [] if env else ["-U", "postgres"]
        done = self.machine.run(["psql", "-XAtc", query, "-d", database, *arguments], {**self.env, **env})
        return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()

    def over_network(self, user: str, password: str, database: str) -> str:
        env = {"PGHOST": "127.0.0.1", "PGUSER": user, "PGPASSWORD": password}
        return self.sql("SELECT current_user", database, **env)


@pytest.fixture
def postgres(machine: Machine) -> Postgres:
    return Postgres(machine)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_rendered_configuration_has_no_error(machine: Machine, environment: str) -> None:
    postgres = Postgres(machine, environment)
    prepared = postgres.prepare()
    assert prepared.returncode == 0, prepared.stderr
    postgres.start()

    assert postgres.sql("SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL") == "0"
    assert postgres.sql("SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL") == "0"
    conf = machine.path("/etc/postgresql/postgresql.conf").read_text()
    wanted = dict(line.split(" = ") for line in conf.splitlines())
    for name in ("shared_buffers", "effective_cache_size", "maintenance_work_mem", "work_mem", "max_wal_size"):
        in_force = postgres.sql(f"SELECT pg_size_bytes(current_setting('{name}'))")
        assert in_force == postgres.sql(f"SELECT pg_size_bytes('{wanted[name]}')"), name
    assert postgres.sql("SHOW max_connections") == wanted["max_connections"]
    assert postgres.sql("SHOW data_checksums") == "on"


def test_roles_and_databases_are_made_and_each_is_for_its_owner_only(postgres: Postgres) -> None:
    assert postgres.prepare().returncode == 0
    postgres.start()

    owners = postgres.sql("SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE NOT datistemplate")
    assert set(owners.split()) == {
        "loom|loom",
        "postgres|postgres",
        "temporal|temporal",
        "temporal_visibility|temporal",
    }
    assert postgres.over_network("loom", LOGINS["loom_password"], "loom") == "loom"
    assert "permission denied for database" in postgres.over_network("loom", LOGINS["loom_password"], "temporal")
    assert "password authentication failed" in postgres.over_network("loom", "wrong", "loom")
    assert "pg_hba.conf rejects" in postgres.over_network("postgres", "x", "postgres")
    assert postgres.sql("SELECT rolsuper FROM pg_roles WHERE rolname = 'loom'") == "f"
    assert (
        postgres.sql("SELECT count(*) FROM pg_authid WHERE rolname = 'loom' AND rolpassword LIKE 'SCRAM-SHA-256%'")
        == "1"
    )


def test_preparing_again_keeps_the_data_and_sets_a_new_password(postgres: Postgres) -> None:
    assert postgres.prepare().returncode == 0
    first = postgres.start()
    postgres.sql("CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)", "loom")
    first.send_signal(signal.SIGINT)
    first.wait(20)

    again = postgres.prepare(loom_password="new")
    assert again.returncode == 0, again.stderr
    postgres.start()
    assert postgres.sql("SELECT x FROM kept", "loom") == "7"
    assert postgres.over_network("loom", "new", "loom") == "loom"
    assert "password authentication failed" in postgres.over_network("loom", LOGINS["loom_password"], "loom")


def test_a_killed_server_recovers_before_it_starts(postgres: Postgres) -> None:
    assert postgres.prepare().returncode == 0
    server = postgres.start()
    postgres.sql("CREATE TABLE kept (x int)", "loom")
    postgres.sql("INSERT INTO kept SELECT generate_series(1, 1000)", "loom")
    server.kill()
    server.wait()
    shutil.rmtree(postgres.machine.path("/var/run/postgresql"))  # a new pod has a new socket folder
    postgres.machine.folders("var/run/postgresql")

    prepared = postgres.prepare()

    assert prepared.returncode == 0, prepared.stderr
    postgres.start()
    assert postgres.sql("SELECT count(*) FROM kept", "loom") == "1000"


def test_a_first_start_that_was_killed_half_way_is_begun_anew(postgres: Postgres) -> None:
    postgres.machine.folders("var/lib/postgresql/data/pgdata.new/base")
    postgres.machine.write("/var/lib/postgresql/data/pgdata.new/PG_VERSION", "15\n")

    assert postgres.prepare().returncode == 0
    assert (postgres.pgdata / "PG_VERSION").read_text() == "15\n"
    assert not Path(f"{postgres.pgdata}.new").exists()


def test_a_folder_with_something_else_in_it_is_left_alone(postgres: Postgres) -> None:
    postgres.machine.write("/var/lib/postgresql/data/pgdata/precious.txt", "data")

    refused = postgres.prepare()

    assert refused.returncode == 1
    assert "is not empty and no data directory of PostgreSQL: it is left alone" in refused.stderr
    assert (postgres.pgdata / "precious.txt").read_text() == "data"


def test_the_superusers_name_is_no_login(postgres: Postgres) -> None:
    refused = postgres.prepare(loom_username="postgres")

    assert refused.returncode != 0
    assert "must not be postgres: that is the superuser" in refused.stderr


def test_no_password_is_in_the_log_of_a_failure(postgres: Postgres) -> None:
    assert postgres.prepare().returncode == 0

    failed = postgres.prepare(loom_username="pg_reserved")

    assert failed.returncode != 0
    assert LOGINS["loom_password"] not in failed.stdout + failed.stderr


def test_the_probes_tell_a_server_that_recovers_from_one_that_is_gone(postgres: Postgres) -> None:
    server = container(postgres.workload, "postgres")
    alive, ready = (server[p]["exec"]["command"] for p in ("livenessProbe", "readinessProbe"))
    run = lambda command: postgres.machine.run(command, postgres.env).returncode  # noqa: E731

    assert run(alive) != 0 and run(ready) != 0
    assert postgres.prepare().returncode == 0
    process = postgres.start()
    assert run(alive) == 0 and run(ready) == 0
    process.send_signal(signal.SIGTERM)  # smart: up, but takes nobody any more, while somebody is connected
    with_client = postgres.machine.start(["psql", "-XAtc", "SELECT pg_sleep(1)", "-U", "postgres"], postgres.env)
    with_client.wait(20)
    process.send_signal(signal.SIGINT)
    process.wait(20)
    assert run(alive) != 0


def test_the_pre_stop_ends_the_server_at_once_and_cleanly(postgres: Postgres) -> None:
    command = container(postgres.workload, "postgres")["lifecycle"]["preStop"]["exec"]["command"]
    assert postgres.prepare().returncode == 0
    server = postgres.start()
    postgres.machine.start(["psql", "-XAtc", "SELECT pg_sleep(60)", "-U", "postgres"], postgres.env)

    assert postgres.machine.run(command, postgres.env).returncode == 0
    assert server.wait(30) == 0


def test_a_client_waits_for_its_own_login_in_its_own_database(postgres: Postgres, shell: str) -> None:
    objects = list(yaml.safe_load_all((ROOT / "dist" / "local" / "temporal.k8s.yaml").read_text()))
    temporal = next(o for o in objects if o["kind"] == "Deployment")
    wait = container(temporal, "wait-for-loom-db")
    env = {v["name"]: v["value"] for v in wait["env"] if "value" in v}
    env |= {"HOST": "127.0.0.1", "PORT": str(postgres.port), "LOGIN_USER": "temporal", "LOGIN_PASSWORD": "t"}

    assert not answers(postgres.machine, shell, wait, env)
    assert postgres.prepare().returncode == 0
    postgres.start()
    assert answers(postgres.machine, shell, wait, env)
    assert not answers(postgres.machine, shell, wait, {**env, "LOGIN_PASSWORD": "wrong"})

    schema = container(temporal, "wait-for-schema")
    assert not answers(postgres.machine, shell, schema, env)
    for database, version in (("temporal", "1.19"), ("temporal_visibility", "1.9")):
        create = "CREATE TABLE schema_version (version_partition int, db_name text, curr_version text)"
        postgres.sql(f"{create}; GRANT SELECT ON schema_version TO temporal", database)
        postgres.sql(f"INSERT INTO schema_version VALUES (0, '{database}', '{version}')", database)
    assert not answers(postgres.machine, shell, schema, env), "1.9 is older than 1.14"
    postgres.sql("UPDATE schema_version SET curr_version = '1.14'", "temporal_visibility")
    assert answers(postgres.machine, shell, schema, env)
