"""TLS as production renders it: real clients accept the right authority and refuse any other."""

from __future__ import annotations

import shutil

import pytest
import yaml

from tests.conftest import ROOT
from tests.pods import container
from tests.servers.authority import Authority, Managed
from tests.servers.conftest import Machine, answers, eventually, needed
from tests.servers.test_pgbouncer import Pooler
from tests.servers.test_postgres import LOGINS

FILE = "/etc/postgresql-ca/loom-db/ca.crt"


def rendered(file: str, kind: str) -> dict:
    """The first object of a kind in production."""
    objects = yaml.safe_load_all((ROOT / "dist" / "production" / f"{file}.k8s.yaml").read_text())
    return next(o for o in objects if o["kind"] == kind)


@pytest.fixture
def authority(machine: Machine) -> Authority:
    made = Authority(machine, "authority")
    trust(machine, made)
    return made


def trust(machine: Machine, authority: Authority) -> None:
    """Mounts its certificate where clients look."""
    machine.folders(FILE.rpartition("/")[0])
    shutil.copy(authority.certificate, machine.path(FILE))
    machine.path(FILE).chmod(0o644)


@pytest.fixture
def postgres(machine: Machine, authority: Authority) -> Managed:
    """What CloudNativePG would make of production's Cluster, as far as PostgreSQL sees it."""
    spec = rendered("data", "Cluster")["spec"]["postgresql"]
    made = Managed(machine, authority, "localhost", parameters=spec["parameters"], hba=spec["pg_hba"])
    for role in ("loom", "temporal"):
        quoted = LOGINS[f"{role}_password"].replace("'", "''")
        assert made.sql(f"CREATE ROLE {role} LOGIN PASSWORD '{quoted}'") == "CREATE ROLE"
        assert made.sql(f"CREATE DATABASE {role} OWNER {role}") == "CREATE DATABASE"
    return made


def test_postgresql_takes_the_parameters_of_the_cluster(postgres: Managed) -> None:
    assert postgres.sql("SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL") == "0"
    assert postgres.sql("SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL") == "0"
    assert postgres.sql("SHOW max_connections") == "420"
    plain = postgres.over_network("loom", LOGINS["loom_password"], "loom", PGSSLMODE="disable")
    assert "pg_hba.conf rejects connection" in plain and "no encryption" in plain


def test_the_wait_and_its_client_check_authority_and_name(machine: Machine, postgres: Managed, shell: str) -> None:
    wait = container(rendered("temporal", "Deployment"), "wait-for-loom-db")
    env = {v["name"]: v["value"] for v in wait["env"] if "value" in v}
    assert (env["PGSSLMODE"], env["PGSSLROOTCERT"]) == ("verify-full", FILE)
    login = {"LOGIN_USER": "temporal", "LOGIN_PASSWORD": LOGINS["temporal_password"]}
    env |= {"HOST": "localhost", "PORT": str(postgres.port), "PGSSLROOTCERT": str(machine.path(FILE)), **login}

    assert answers(machine, shell, wait, env)
    # the certificate is made out to localhost, not to its address
    assert not answers(machine, shell, wait, {**env, "HOST": "127.0.0.1"})
    assert answers(machine, shell, wait, {**env, "HOST": "127.0.0.1", "PGSSLMODE": "verify-ca"})
    trust(machine, Authority(machine, "stranger"))
    assert not answers(machine, shell, wait, env)
    assert not answers(machine, shell, wait, {**env, "PGSSLMODE": "verify-ca"})


def test_pgbouncer_checks_its_server(machine: Machine, postgres: Managed) -> None:
    pooler = Pooler(machine, postgres, "production", host="localhost")
    assert "server_tls_sslmode = verify-full" in pooler.rendered
    pooler.start()
    assert pooler.query("SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == "true"


def test_pgbouncer_refuses_a_server_of_another_authority(machine: Machine, postgres: Managed) -> None:
    trust(machine, Authority(machine, "stranger"))
    pooler = Pooler(machine, postgres, "production", host="localhost")
    pooler.start()

    machine.start(["psql", "-XAtc", "SELECT 1", "-d", "loom"], _client(pooler))
    assert eventually(lambda: "certificate verify failed" in machine.log()), machine.log()
    assert postgres.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'loom'") == "0"


def test_pgbouncer_refuses_a_server_of_another_name(machine: Machine, postgres: Managed) -> None:
    pooler = Pooler(machine, postgres, "production", host="127.0.0.1")
    pooler.start()

    machine.start(["psql", "-XAtc", "SELECT 1", "-d", "loom"], _client(pooler))
    assert eventually(lambda: "not present in server certificate" in machine.log()), machine.log()


def _client(pooler: Pooler) -> dict[str, str]:
    login = {"PGUSER": "loom", "PGPASSWORD": LOGINS["loom_password"]}
    return {"PGHOST": "127.0.0.1", "PGPORT": str(pooler.port), **login}


def test_temporals_tool_checks_its_server(machine: Machine, postgres: Managed) -> None:
    needed("temporal-sql-tool")
    objects = yaml.safe_load_all((ROOT / "dist" / "production" / "temporal.k8s.yaml").read_text())
    job = next(o for o in objects if o["metadata"]["name"].startswith("temporal-schema-") and o["kind"] == "Job")
    env = {v["name"]: v["value"] for v in container(job, "schema")["env"] if "value" in v}
    assert env["SQL_TLS_CA_FILE"] == FILE
    env |= {"SQL_HOST": "localhost", "SQL_PORT": str(postgres.port), "SQL_TLS_CA_FILE": str(machine.path(FILE))}
    env |= {"SQL_USER": "temporal", "SQL_PASSWORD": LOGINS["temporal_password"], "HOME": str(machine.folder)}
    command = ["temporal-sql-tool", "--database", "temporal", "setup-schema", "--version", "0.0"]

    assert machine.run(command, env).returncode == 0
    assert machine.run(command, {**env, "SQL_TLS": "false"}).returncode != 0
    assert machine.run(command, {**env, "SQL_HOST": "127.0.0.1"}).returncode != 0
    trust(machine, Authority(machine, "stranger"))
    assert machine.run(command, env).returncode != 0
