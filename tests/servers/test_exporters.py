"""The exporters, configured as rendered, in front of real servers."""

from __future__ import annotations

import re
import signal
import time
import urllib.request
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.kube import jetstream
from tests.pods import container
from tests.servers.conftest import Machine, eventually, free_port, needed
from tests.servers.test_nats import PASSWORDS, conf_of, environment_of, server_of
from tests.servers.test_postgres import LOGINS, Postgres

ENVIRONMENT = "staging"


def objects(file: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((ROOT / "dist" / ENVIRONMENT / f"{file}.k8s.yaml").read_text()))


def deployment(name: str) -> dict[str, Any]:
    return next(o for o in objects("monitoring") if o["kind"] == "Deployment" and o["metadata"]["name"] == name)


def files_of(file: str, name: str) -> dict[str, str]:
    found: dict[str, str] = next(
        o for o in objects(file) if o["kind"] == "ConfigMap" and o["metadata"]["name"] == name
    )["data"]
    return found


def scraped(port: int) -> dict[str, float]:
    """All series by their names and labels, without the label that says which server it is."""
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20).read().decode()
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    series = {
        re.sub(r'(?<=[{,])server="[^"]*",?', "", name).replace(",}", "}").replace("{}", ""): float(value)
        for name, _, value in lines
    }
    assert series, text
    return series


class PostgresScrape:
    """A PostgreSQL server as rendered, and an exporter in front of it."""

    def __init__(self, machine: Machine, program: str) -> None:
        needed(program)
        self.machine = machine
        self.postgres = Postgres(machine, ENVIRONMENT)
        prepared = self.postgres.prepare()
        assert prepared.returncode == 0, prepared.stderr
        self.process = self.postgres.start()
        for name, text in files_of("data", "loom-db-backup-config").items():
            machine.write(f"/etc/postgresql-backup/{name}", text)
        self.port = free_port()
        env = {v["name"]: v.get("value", "") for v in container(deployment("loom-db-exporter"), "exporter")["env"]}
        assert env["DATA_SOURCE_URI"].startswith("loom-db:5432/loom?")
        machine.write(
            "/etc/postgres-exporter/queries.yaml", files_of("monitoring", "loom-db-exporter-config")["queries.yaml"]
        )
        filled = {
            **env,
            "DATA_SOURCE_USER": LOGINS["MONITOR_USERNAME"],
            "DATA_SOURCE_PASS": LOGINS["MONITOR_PASSWORD"],
            "DATA_SOURCE_URI": env["DATA_SOURCE_URI"].replace("loom-db:5432", f"127.0.0.1:{self.postgres.port}"),
            "PG_EXPORTER_EXTEND_QUERY_PATH": str(machine.path(env["PG_EXPORTER_EXTEND_QUERY_PATH"])),
        }
        machine.start([program, f"--web.listen-address=127.0.0.1:{self.port}"], filled)
        assert eventually(self.answers), machine.log()

    def answers(self) -> bool:
        try:
            return bool(scraped(self.port))
        except OSError:
            return False

    def sql(self, query: str, user: str = "loom") -> Any:
        password = LOGINS["loom_password"] if user == "loom" else LOGINS["MONITOR_PASSWORD"]
        where = {"PGHOST": "127.0.0.1", "PGPORT": str(self.postgres.port), "PGDATABASE": "loom"}
        login = {"PGUSER": LOGINS[f"{user}_username" if user == "loom" else "MONITOR_USERNAME"], "PGPASSWORD": password}
        return self.machine.run(["psql", "-XAtqc", query], {**where, **login})

    def verdict(self, kind: str, good: bool, size: int, hours: int = 0) -> None:
        """As the rendered script of a backup says how it went, some time ago."""
        script = str(self.machine.path("/etc/postgresql-backup/verdict.sql"))
        said = {"kind": kind, "backup": "b", "good": str(good).lower(), "bytes": size, "seconds": 3, "detail": "d"}
        login = {"PGUSER": "loom", "PGPASSWORD": LOGINS["loom_password"], "PGHOST": "127.0.0.1", "PGDATABASE": "loom"}
        done = self.machine.run(
            ["psql", "-Xq", *(f"--set={k}={v}" for k, v in said.items()), f"--file={script}"],
            {**login, "PGPORT": str(self.postgres.port)},
        )
        assert done.returncode == 0, done.stderr
        back = f"UPDATE loom_constructs.verdicts SET at = at - interval '{hours} hours'"
        assert self.sql(f"{back} WHERE at > now() - interval '1 minute'").returncode == 0


# the first is what `quay.io/prometheuscommunity/postgres-exporter` runs, the second Debian's, eight releases older
PROGRAMS = ("postgres_exporter", "prometheus-postgres-exporter")


@pytest.mark.parametrize("program", PROGRAMS)
def test_verdicts_become_metrics(machine: Machine, program: str) -> None:
    needed("initdb", "postgres", "psql")
    server = PostgresScrape(machine, program)

    # nothing was backed up yet: that is no error, and no series
    fresh = scraped(server.port)
    assert fresh["pg_up"] == 1 and fresh["pg_exporter_last_scrape_error"] == 0, machine.log()
    assert not [name for name in fresh if name.startswith("loom_verdict")]
    assert 1 <= fresh["loom_postgres_connections"] <= 3
    assert fresh["loom_postgres_connections_limit"] == 220

    server.verdict("backup", True, 4000, hours=25)
    server.verdict("backup", True, 1000, hours=1)
    server.verdict("drill", False, 1000)
    found = scraped(server.port)
    assert found["pg_exporter_last_scrape_error"] == 0, machine.log()
    age = time.time() - found['loom_verdict_last_success_timestamp_seconds{kind="backup"}']
    assert abs(age - 3600) < 60
    assert found['loom_verdict_good{kind="backup"}'] == 1
    assert found['loom_verdict_bytes{kind="backup"}'] == 1000
    assert found['loom_verdict_bytes_before{kind="backup"}'] == 4000
    assert found['loom_verdict_seconds{kind="backup"}'] == 3
    assert found['loom_verdict_good{kind="drill"}'] == 0
    assert found['loom_verdict_last_success_timestamp_seconds{kind="drill"}'] == 0

    # a table with numbers of rows
    assert server.sql("ALTER TABLE loom_constructs.verdicts ADD COLUMN IF NOT EXISTS rows bigint").returncode == 0
    assert server.sql("UPDATE loom_constructs.verdicts SET rows = bytes / 2").returncode == 0
    found = scraped(server.port)
    assert found['loom_verdict_rows{kind="backup"}'] == 500
    assert found['loom_verdict_rows_before{kind="backup"}'] == 2000

    # a slot that nobody reads keeps the log
    assert server.postgres.sql("SELECT pg_create_physical_replication_slot('archive', true)", "loom") is not None
    server.postgres.sql("SELECT pg_switch_wal()", "loom")
    kept = scraped(server.port)
    assert kept['loom_postgres_slot_active{slot_name="archive"}'] == 0
    assert kept['loom_postgres_slot_retained_bytes{slot_name="archive"}'] > 0

    # who monitors sees no data, and changes nothing
    server.sql("CREATE TABLE public.orders (id int)")
    for query in ("TABLE public.orders", "DELETE FROM loom_constructs.verdicts", "CREATE TABLE mine (a int)"):
        refused = server.sql(query, user="monitor")
        assert refused.returncode == 1 and "permission denied" in refused.stderr, query
    elsewhere = server.machine.run(
        ["psql", "-Xc", "SELECT 1"],
        {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.postgres.port),
            "PGDATABASE": "temporal",
            "PGUSER": LOGINS["MONITOR_USERNAME"],
            "PGPASSWORD": LOGINS["MONITOR_PASSWORD"],
        },
    )
    assert "permission denied for database" in elsewhere.stderr

    # not SIGTERM: that waits for the exporter's connection
    server.process.send_signal(signal.SIGINT)
    server.process.wait(20)
    assert eventually(lambda: scraped(server.port)["pg_up"] == 0)


def test_a_monitor_that_is_the_owner_is_refused(machine: Machine) -> None:
    needed("initdb", "postgres", "psql")
    server = Postgres(machine, ENVIRONMENT)

    for name in ("loom", "postgres"):
        done = server.prepare(MONITOR_USERNAME=name)
        assert done.returncode == 1 and "the login that monitors must not be that of database" in done.stderr


class NatsServers:
    """The three rendered servers, and the exporter in front of them."""

    def __init__(self, machine: Machine) -> None:
        needed("nats-server", "prometheus-nats-exporter")
        self.machine = machine
        self.ports = [(free_port(), free_port(), free_port()) for _ in range(3)]
        self.processes = {}
        for n in range(3):
            self.start(n)
        self.port = free_port()
        args = container(deployment("nats-exporter"), "exporter")["args"]
        for n, (_, _, http) in enumerate(self.ports):
            assert f"http://nats-{n}.nats-headless:8222" in args
            args = [a.replace(f"http://nats-{n}.nats-headless:8222", f"http://127.0.0.1:{http}") for a in args]
        args = [a.replace("-port=7777", f"-port={self.port}") for a in args]
        machine.start(["prometheus-nats-exporter", "-addr=127.0.0.1", *args])
        assert eventually(lambda: self.count("jetstream_server_jetstream_disabled") == 3), machine.log()

    def start(self, n: int) -> None:
        client, route, http = self.ports[n]
        replaced = {
            "port: 4222": f"port: {client}",
            "http_port: 8222": f"http_port: {http}",
            "port: 6222": f"port: {route}",
        }
        replaced |= {f"nats-{i}.nats-headless:6222": f"127.0.0.1:{p[1]}" for i, p in enumerate(self.ports)}
        self.machine.folders(f"data{n}", "var/run/nats")
        text = conf_of(ENVIRONMENT).replace("/data", f"/data{n}").replace("nats.pid", f"nats-{n}.pid")
        # paths that end in a number are none that the machine knows
        text = text.replace(f"/data{n}", str(self.machine.path(f"data{n}")))
        conf = self.machine.write(f"/etc/nats/{n}.conf", text, replaced)
        server = environment_of(server_of(ENVIRONMENT), f"nats-{n}")
        self.processes[n] = self.machine.start(["nats-server", "--config", str(conf)], server)

    def ask(self, call: str, body: dict[str, Any], n: int = 0) -> dict[str, Any]:
        try:
            return jetstream(self.ports[n][0], "control-plane", PASSWORDS["CONTROL_PLANE"], call, body)
        except TimeoutError as error:  # no leader yet
            return {"error": str(error)}

    def count(self, metric: str, *labels: str) -> int:
        try:
            found = scraped(self.port)
        except OSError:
            return -1
        return sum(1 for name in found if name.startswith(metric + "{") and all(label in name for label in labels))


def test_streams_are_counted_where_they_are(machine: Machine) -> None:
    servers = NatsServers(machine)
    stream = {"name": "LOOM", "subjects": ["loom.>"], "storage": "file", "num_replicas": 3}
    made = eventually(lambda: "error" not in servers.ask("STREAM.CREATE.LOOM", stream), 60)
    assert made, machine.log()
    held = ("jetstream_stream_total_messages", 'stream_name="LOOM"')
    assert eventually(lambda: servers.count(*held) == 3, 60)
    assert servers.count(*held, 'is_stream_leader="true"') == 1
    for n in range(3):
        assert servers.count(*held, f'server_name="nats-{n}"') == 1

    # as today's program does at each start
    servers.ask("STREAM.UPDATE.LOOM", {**stream, "num_replicas": 1})
    assert eventually(lambda: servers.count(*held) == 1, 60)
    servers.ask("STREAM.UPDATE.LOOM", {**stream, "num_replicas": 3})
    assert eventually(lambda: servers.count(*held) == 3, 60)

    # of a server that is gone, JetStream's numbers go; those of /varz stay as they were
    servers.processes[2].kill()
    assert eventually(lambda: servers.count("jetstream_server_jetstream_disabled") == 2, 60)
    assert servers.count(*held) == 2
    assert servers.count("gnatsd_varz_connections") == 3
