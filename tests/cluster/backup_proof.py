"""A small system of its own for proofs of backups: PostgreSQL, its backups, and a store of other people if need be."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cdk8s
import pytest
from cdk8s import Size

from loom_constructs import (
    Bucket,
    Claim,
    Container,
    Cpu,
    Database,
    EmbeddedPostgres,
    Endpoint,
    Namespace,
    NetworkPolicies,
    Peer,
    PostgresBackup,
    PostgresCluster,
    Resources,
    SecretKey,
    SecretRef,
    Volume,
)
from loom_constructs.delivery import create_missing, run_now
from loom_constructs.kubernetes import Kind, Labels, ServicePort, Workload, service
from tests import kube

NAMESPACE = "dev-backups"
ENVIRONMENT = "proof"
SECRET = SecretRef("backup")
RCLONE, STORE = "rclone/rclone:1.75.1", "versity/versitygw:v1.8.0"
APPLETS = "awk cat cut date grep head mkdir rm sed sh sort sync tail tr"


def images() -> None:
    """Makes the images of rclone and of the S3 server, of programs on the PATH."""
    missing = [p for p in ("cluster", "rclone", "versitygw", "busybox") if shutil.which(p) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)} on the PATH, to make images (tests/servers/bucket)")
    for name, program in ((RCLONE, "rclone"), (STORE, "versitygw")):
        with tempfile.TemporaryDirectory() as folder, open("/tmp/images.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            root = Path(folder)
            (root / "bin").mkdir()
            busybox = shutil.copy(shutil.which("busybox") or "", root / "bin/busybox")
            for applet in APPLETS.split():
                (root / "bin" / applet).symlink_to("/bin/busybox")
            made = shutil.copy(shutil.which(program) or "", root / "bin" / program)
            root.chmod(0o755)
            command = ["cluster", "image", name, folder, "--with-libs", str(busybox), str(made), "--user", "1000"]
            done = subprocess.run([*command, "--entrypoint", f'["/bin/{program}"]'], capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr


def write(folder: Path, *, bucket: bool, storage: Size | None = None) -> Path:
    """The system as one file."""
    app = cdk8s.App(outdir=str(folder))
    labels = {"environment": ENVIRONMENT}
    base = cdk8s.Chart(app, "namespace", disable_resource_name_hashes=True, labels=labels)
    Namespace(base, "namespace", name=NAMESPACE)
    chart = cdk8s.Chart(app, "proof", namespace=NAMESPACE, disable_resource_name_hashes=True, labels=labels)
    postgres = PostgresCluster(
        chart,
        "postgres",
        name="db",
        databases=[Database("app", SecretRef("db-login"))],
        engine=EmbeddedPostgres(storage=Claim(storage or Size.gibibytes(1))),
    )
    to: Bucket | Claim = Claim(Size.gibibytes(2))
    key: SecretKey | None = None
    if bucket:
        to, key = Bucket("loom-backups", endpoint=_store(chart), prefix="proof", credentials=SECRET), SECRET.key("key")
    backup = PostgresBackup(chart, "backup", of=postgres, to=to, encryption=key, rclone_image=RCLONE)
    # a proof waits for the end of Jobs that fail: once is enough
    for job in (backup.backup, backup.drill):
        job.manifest.body["spec"]["jobTemplate"]["spec"]["backoffLimit"] = 0
    NetworkPolicies(chart, "policies")
    app.synth()
    return folder


def _store(chart: cdk8s.Chart) -> Endpoint:
    small = Resources(
        cpu=Cpu.millis(50), memory=Size.mebibytes(64), cpu_limit=Cpu.units(1), memory_limit=Size.mebibytes(256)
    )
    workload = Workload(
        chart,
        "store",
        kind=Kind.DEPLOYMENT,
        labels=Labels("versitygw", "store", "store", "v1.8.0"),
        containers=[
            Container(
                name="store",
                image=STORE,
                command=["sh", "-c", "mkdir -p /data/loom-backups && exec versitygw --quiet --port :7070 posix /data"],
                env={
                    "ROOT_ACCESS_KEY": SECRET.key("access-key-id"),
                    "ROOT_SECRET_KEY": SECRET.key("secret-access-key"),
                },
                ports={"s3": 7070},
                resources=small,
                mounts={
                    "/data": Volume.scratch("data", Size.gibibytes(1)),
                    "/tmp": Volume.scratch("tmp", Size.gibibytes(1)),
                },
            )
        ],
        user=1000,
        spec={"replicas": 1},
    )
    service(chart, "store-service", workload=workload, ports={"s3": ServicePort(7070)})
    return Endpoint(Peer.of(workload), "s3", "store", 7070, scheme="http")


@contextmanager
def running(rendered: Path) -> Iterator[None]:
    """The system in its namespace, ready; gone afterwards."""
    kube.needed()
    if kube.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found").strip():
        pytest.fail(f"namespace {NAMESPACE} exists already: this proof makes and deletes it, so it stops here")
    secrets = {
        "db-login": {"username": "app", "password": None},
        "backup": {"access-key-id": "backups", "secret-access-key": None, "key": None},
    }
    try:
        create_missing(
            secrets,
            namespace=NAMESPACE,
            environment=ENVIRONMENT,
            namespace_object=str(rendered / "namespace.k8s.yaml"),
        )
        kube.kubectl("apply", "--server-side", "-f", str(rendered / "proof.k8s.yaml"))
        kube.wait_ready(NAMESPACE, seconds=300)
        yield
    finally:
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait", "--ignore-not-found")


def sql(query: str, *, timeout: float = 600) -> str:
    """What the database's owner sees."""
    server = ["exec", "-i", "-n", NAMESPACE, "db-0", "-c", "postgres", "--", "psql", "-U", "postgres", "-d", "app"]
    said = kube.kubectl(*server, "-XAtq", "-v", "ON_ERROR_STOP=1", stdin=f"SET ROLE app;\n{query};", timeout=timeout)
    return said.strip()


def job(component: str, **env: str) -> str:
    """Runs the rendered Job; what its last container said."""
    said: list[str] = []
    run_now(component, namespace=NAMESPACE, environment=ENVIRONMENT, env=env, say=said.append, timeout=1800, pause=1)
    return said[-1]


def verdict() -> str:
    """The last one."""
    return sql("SELECT kind, good, rows, detail FROM loom_constructs.verdicts ORDER BY at DESC LIMIT 1")
