"""pgbench through our rendered PostgreSQL and PgBouncer, against the images' defaults, in turns. `make bench-sql`.

The defaults are those of `initdb`, and of the configuration that edoburu/pgbouncer writes when nothing is set: session
pooling, 20 server connections, 100 clients. What is compared are ratios within one run: both sides stand on the same
disk and processors, and take turns.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from tests.conftest import ROOT
from tests.servers.conftest import Machine, eventually, free_port

ENVIRONMENT = "production"
CLIENTS = 50  # two control planes
ROUNDS = 5
SECONDS = 10
SCALE = 20  # 300 MB: more than the defaults cache, and what a young Loom has
LOADS = {
    "reads and writes (TPC-B)": [],
    "reads (`-S`)": ["-S"],
    "reads, a connection for each (`-S -C`)": ["-S", "-C"],
}
PASSWORD = "bench"
DEFAULT_INI = """\
[databases]
loom = host=127.0.0.1 port={server} user=loom

[pgbouncer]
listen_addr = 0.0.0.0
listen_port = {port}
unix_socket_dir =
auth_file = /run/pgbouncer/userlist.txt
auth_type = scram-sha-256
ignore_startup_parameters = extra_float_digits
"""


class Side:
    """A server and a pooler."""

    def __init__(self, name: str, *, ours: bool) -> None:
        self.name = name
        folder = Path(tempfile.mkdtemp(prefix="loom-bench-"))
        folder.chmod(0o777)
        self.machine = Machine(folder)
        self.server, self.port = free_port(), free_port()
        self.machine.folders("data", "run/pgbouncer", "etc/pgbouncer", "var/run/postgresql", "tmp")
        data = self.machine.path("/data/pgdata")
        made = ["initdb", "-D", str(data), "-U", "postgres", "--auth-host=scram-sha-256", "-E", "UTF8", "--no-sync"]
        self._done([*made, *(["--data-checksums"] if ours else [])])
        objects = list(yaml.safe_load_all((ROOT / "dist" / ENVIRONMENT / "data.k8s.yaml").read_text()))
        files = {o["metadata"]["name"]: o["data"] for o in objects if o["kind"] == "ConfigMap"}
        options = ["-p", str(self.server), "-k", str(self.machine.path("/var/run/postgresql"))]
        if ours:
            text = files["loom-db-config"]["postgresql.conf"]
            for key in ("data_directory", "hba_file", "unix_socket_directories"):
                text = re.sub(rf"(?m)^{key} = .*\n", "", text)
            config = self.machine.write("/etc/postgresql/postgresql.conf", text)
            options += ["-c", f"config_file={config}", "-c", f"hba_file={data}/pg_hba.conf"]
        self.machine.start(["postgres", "-D", str(data), *options])
        socket = {"PGHOST": str(self.machine.path("/var/run/postgresql")), "PGPORT": str(self.server)}
        admin = {**socket, "PGUSER": "postgres", "PGDATABASE": "postgres"}
        assert eventually(lambda: self.machine.run(["pg_isready", "-q"], admin).returncode == 0), self.machine.log()
        self._done(["psql", "-qc", f"CREATE ROLE loom LOGIN PASSWORD '{PASSWORD}'"], admin)
        self._done(["psql", "-qc", "CREATE DATABASE loom OWNER loom"], admin)
        self.machine.write("/run/pgbouncer/userlist.txt", f'"loom" "{PASSWORD}"\n')
        if ours:
            ini = files["pgbouncer-config"]["pgbouncer.ini"]
            places = {
                "host=loom-db port=5432": f"host=127.0.0.1 port={self.server}",
                "listen_port = 5432": f"listen_port = {self.port}",
            }
        else:
            ini, places = DEFAULT_INI.format(server=self.server, port=self.port), {}
        pooler = self.machine.write("/etc/pgbouncer/pgbouncer.ini", ini, places if ours else None)
        self.machine.start(["pgbouncer", str(pooler)])
        self.env = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "loom", "PGPASSWORD": PASSWORD}
        assert eventually(lambda: self.machine.run(["pg_isready", "-q"], self.env).returncode == 0), self.machine.log()
        direct = {**self.env, "PGPORT": str(self.server)}
        self._done(["pgbench", "-i", "-q", "-s", str(SCALE), "loom"], direct)

    def per_second(self, options: list[str]) -> float:
        """Transactions each second."""
        command = ["pgbench", "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), *options, "loom"]
        said = self._done(command, self.env)
        found = re.search(r"tps = ([\d.]+)", said)
        assert found, said
        return float(found[1])

    def end(self) -> None:
        self.machine.stop()
        shutil.rmtree(self.machine.folder, ignore_errors=True)

    def _done(self, command: list[str], env: dict[str, str] | None = None) -> str:
        done = self.machine.run(command, env, timeout=600)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout


def main() -> int:
    missing = [p for p in ("initdb", "postgres", "psql", "pgbench", "pgbouncer") if shutil.which(p) is None]
    if missing:
        print(f"needs {', '.join(missing)} on the PATH", file=sys.stderr)
        return 1
    version = subprocess.run(["postgres", "--version"], capture_output=True, text=True).stdout.strip()
    pooler = subprocess.run(["pgbouncer", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    sides = [Side("ours", ours=True), Side("defaults", ours=False)]
    try:
        print(f"{version}, {pooler}; {CLIENTS} clients, scale {SCALE}, {ROUNDS} rounds of {SECONDS} s in turns\n")
        print("| load | ours, per second | defaults | ratio: median (least to most) |\n| --- | --- | --- | --- |")
        for load, options in LOADS.items():
            rates: dict[str, list[float]] = {side.name: [] for side in sides}
            for turn in range(ROUNDS):
                for side in sides if turn % 2 == 0 else reversed(sides):
                    rates[side.name].append(side.per_second(options))
                    time.sleep(1)
            ratios = [a / b for a, b in zip(rates["ours"], rates["defaults"], strict=True)]
            ours, theirs = (f"{statistics.median(rates[s.name]):,.0f}" for s in sides)
            spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            print(f"| {load} | {ours} | {theirs} | {spread} |", flush=True)
    finally:
        for side in sides:
            side.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
