"""Certificates of our own making, and a PostgreSQL server that shows one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.servers.conftest import Machine, eventually, free_port, needed


class Authority:
    """A certificate authority in a folder of the machine."""

    def __init__(self, machine: Machine, name: str) -> None:
        needed("openssl")
        self.machine = machine
        machine.folders(name)
        self.folder = machine.path(name)
        self.certificate = self.folder / "ca.crt"
        self._openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-keyout", str(self.folder / "ca.key"), "-out", str(self.certificate)),
        )

    def issue(self, *hosts: str) -> tuple[Path, Path]:
        """A server's certificate, made out to these names, and its key."""
        key, request, made = (self.folder / f"server.{end}" for end in ("key", "csr", "crt"))
        self._openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={hosts[0]}"),
            *("-keyout", str(key), "-out", str(request)),
        )
        names = self.machine.write("names.cnf", "subjectAltName=" + ",".join(f"DNS:{h}" for h in hosts) + "\n")
        self._openssl(
            *("x509", "-req", "-in", str(request), "-CA", str(self.certificate), "-CAkey", str(self.folder / "ca.key")),
            *("-CAcreateserial", "-days", "2", "-extfile", str(names), "-out", str(made)),
        )
        key.chmod(0o600)
        return made, key

    def _openssl(self, *arguments: str) -> None:
        done = self.machine.run(["openssl", *arguments])
        assert done.returncode == 0, done.stderr


class Managed:
    """A PostgreSQL server as somebody else runs it: with TLS, and without our preparation."""

    def __init__(
        self,
        machine: Machine,
        authority: Authority,
        *hosts: str,
        parameters: Mapping[str, str] | None = None,
        hba: Sequence[str] = ("hostnossl all all all reject",),
    ) -> None:
        needed("initdb", "postgres", "psql")
        self.machine = machine
        self.port = free_port()
        machine.folders("managed", "managed/socket")
        folder = machine.path("managed")
        made = machine.run(
            ["initdb", "--pgdata", str(folder / "data"), "--username=postgres", "--locale=C.UTF-8", "--encoding=UTF8"]
        )
        assert made.returncode == 0, made.stderr
        certificate, key = authority.issue(*hosts)
        settings = {
            "port": str(self.port),
            # some resolvers know localhost by its newer address first
            "listen_addresses": "127.0.0.1, ::1",
            "unix_socket_directories": str(folder / "socket"),
            "ssl": "on",
            "ssl_cert_file": str(certificate),
            "ssl_key_file": str(key),
            **(parameters or {}),
        }
        conf = folder / "data" / "postgresql.conf"
        conf.write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()))
        rules = ["local all all trust", *hba, "host all all all scram-sha-256"]
        (folder / "data" / "pg_hba.conf").write_text("\n".join(rules) + "\n")
        machine.start(["postgres", "-D", str(folder / "data")])
        assert eventually(lambda: self.sql("SELECT 1") == "1"), machine.log()

    def sql(self, query: str, database: str = "postgres", *arguments: str) -> str:
        """Asks as the superuser, on the socket."""
        env = {"PGHOST": str(self.machine.path("managed/socket")), "PGPORT": str(self.port), "PGUSER": "postgres"}
        command = ["psql", "-XAt", "-v", "ON_ERROR_STOP=1", "-d", database, *arguments, "-c", query]
        done = self.machine.run(command, env)
        return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()

    def over_network(self, user: str, password: str, database: str, query: str = "SELECT 1", **env: str) -> str:
        """Asks as a client does."""
        login = {"PGHOST": "localhost", "PGPORT": str(self.port), "PGUSER": user, "PGPASSWORD": password}
        done = self.machine.run(["psql", "-XAtc", query, "-d", database], {**login, **env})
        return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()
