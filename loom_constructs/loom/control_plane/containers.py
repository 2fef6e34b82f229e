"""The containers of the control plane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdk8s import Size

from ...kubernetes import (
    LET_GO_SECONDS,
    Container,
    Cpu,
    EnvValue,
    Manifest,
    Mount,
    PodField,
    Probe,
    Resources,
    SecretRef,
    Volume,
)
from ...traffic import Endpoint, libpq_variables
from .. import ports
from .files import HOME, TAKE_TURNS
from .migration_files import MIGRATE


@dataclass(frozen=True)
class ControlPlaneContainers:
    """What the containers have in common.

    Args:
        config: The ConfigMap with `config.yaml`.
        store: Where `/app/data` and `/app/.beads` lie.
        beads_per_pod: Whether each pod has beads of its own: two Dolt servers cannot share a folder.
    """

    image: str
    config: Manifest
    store: Volume
    beads_per_pod: bool
    secret: SecretRef
    log_level: str

    @property
    def _env(self) -> dict[str, EnvValue]:
        return {
            "LOOM_PASSWORD": self.secret.key("password"),
            "JWT_SECRET": self.secret.key("jwt-secret"),
            "CONFIG_PATH": "/app/config.yaml",
            "LOG_LEVEL": self.log_level,
            "LOG_FORMAT": "json",
        }

    @property
    def checked(self) -> Mapping[str, EnvValue]:
        """What is looked at before a release starts."""
        return {name: self._env[name] for name in ("JWT_SECRET", "CONFIG_PATH")}

    @property
    def config_file(self) -> Mapping[str, Volume | Mount]:
        """Where the configuration is mounted."""
        return {"/app/config.yaml": Volume.config("config", self.config.name).at("config.yaml")}

    @property
    def _mounts(self) -> dict[str, Volume | Mount]:
        return {**self.config_file, "/tmp": Volume.scratch("tmp", Size.gibibytes(1))}

    def server(self, service_id: str, resources: Resources, env: Mapping[str, EnvValue]) -> Container:
        """The control plane itself, with the image's own entrypoint: that starts the beads store first."""
        return Container(
            name="loom",
            image=self.image,
            env={
                **self._env,
                "LOOM_SERVICE_ID": service_id,
                "LOOM_INSTANCE_ID": PodField("metadata.name"),
                **({"POD_NAME": PodField("metadata.name")} if self.beads_per_pod else {}),
                **env,
            },
            ports={"http": ports.API, "grpc": ports.GRPC},
            resources=resources,
            mounts={
                **self._mounts,
                "/app/data": self.store.at("data"),
                "/app/.beads": Mount(self.store, sub_path="beads", per_pod=self.beads_per_pod),
                "/app/.cache": Volume.scratch("cache", Size.gibibytes(1)),
                "/home/loom": _home(),
            },
            startup=Probe.http("/health/live", "http", period=5, failures=60),
            # the program gives its database five seconds to answer
            readiness=Probe.http("/health/ready", "http", period=10, timeout=6, failures=3),
            # never /health: that is 503 as soon as anything that Loom uses is down
            liveness=Probe.http("/health/live", "http", period=15, timeout=5, failures=4),
            # the Service lets go first; then the program drains HTTP for 10 s and the bus for 5 s
            pre_stop=["sh", "-c", f"sleep {LET_GO_SECONDS}"],
        )

    def migrate(self, database: Endpoint, namespace: str) -> Container:
        """Runs the migrations where the program knows them, and otherwise checks what it can."""
        return Container(
            name="migrate",
            image=self.image,
            command=["sh", "-c", MIGRATE],
            env={**self._env, "TEMPORAL_HOST": "", **database_variables(database, database.host_from(namespace))},
            resources=Resources(
                cpu=Cpu.millis(50), memory=Size.mebibytes(64), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(256)
            ),
            mounts={**self._mounts, **database.mounts},
        )

    def take_turns(self, database: Endpoint, namespace: str) -> Container:
        """On an empty database one pod goes first: today's program makes its tables at start, without a lock."""
        image = database.wait.image if database.wait else self.image
        return Container(
            name="take-turns",
            image=image,
            command=["sh", "-c", TAKE_TURNS],
            env={"POD_NAME": PodField("metadata.name"), **libpq_variables(database, database.host_from(namespace))},
            resources=Resources.small(),
            mounts=database.mounts,
        )

    def home(self) -> Container:
        """Brings back what the volume over `/home/loom` hides."""
        return Container(
            name="home",
            image=self.image,
            command=["sh", "-c", HOME],
            resources=Resources.small(),
            mounts={"/mnt/home": _home()},
        )


def database_variables(database: Endpoint, host: str) -> Mapping[str, EnvValue]:
    """The variables that tell Loom where its database is."""
    env: dict[str, EnvValue] = {
        "DB_TYPE": "postgres",
        "POSTGRES_HOST": host,
        "POSTGRES_PORT": str(database.port),
        "POSTGRES_DB": database.database or "",
        "POSTGRES_SSLMODE": database.tls.mode.value if database.tls else "disable",
    }
    # lib/pq reads the authority's file from libpq's variable; the mode stands in the data source name
    env |= {name: value for name, value in database.tls_variables.items() if name == "PGSSLROOTCERT"}
    if database.login:
        password = database.login.password
        env |= {"POSTGRES_USER": database.login.username, "POSTGRES_PASSWORD": password, "PGPASSWORD": password}
    return env


def git_tokens(git: SecretRef | None) -> Mapping[str, EnvValue]:
    """The variables with tokens of code hosts; missing ones stay unset."""
    if git is None:
        return {}
    return {
        "GITHUB_TOKEN": git.key("github-token", optional=True),
        "GITLAB_TOKEN": git.key("gitlab-token", optional=True),
    }


def _home() -> Volume:
    return Volume.scratch("home", Size.mebibytes(64))
