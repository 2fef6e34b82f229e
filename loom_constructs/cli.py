"""The command line: `loom-constructs`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__, delivery
from .delivery.linkerd import command as mesh
from .review import arguments as reach
from .review.drain import arguments as drain
from .review.images import arguments as images
from .review.printed import answer
from .review.upgrade import arguments as upgrade

if TYPE_CHECKING:
    from .platform import Environment


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="loom-constructs",
        description="Brings what `make synth` rendered into the cluster of the current kubectl context; reviews it.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("environment", metavar="ENVIRONMENT", help="a folder of --dist, such as local")
        added.add_argument("--dist", type=Path, default=Path("dist"), help="where the environments lie (default: dist)")
        return added

    command("apply", "Applies an environment server-side; refuses a namespace that says it is another one.")
    command("secrets", "Makes the Secrets that an environment needs and the cluster lacks; overwrites nothing.")
    delete = command("delete", "Deletes an environment; claims and Secrets stay.")
    delete.add_argument("--claims", action="store_true", help="delete the namespace with claims and Secrets: ALL DATA")
    backup = command("backup", "Backs the databases up now, and waits for the end.")
    drill = command("drill", "Restores the newest backup for a trial, beside the server, and says whether it is good.")
    restore = command(
        "restore", "Restores a database from a backup, or the server from its archive; refuses to overwrite."
    )
    what = restore.add_mutually_exclusive_group(required=True)
    what.add_argument("--database", help="this one, from a backup; one that is not empty is refused")
    what.add_argument(
        "--at",
        metavar="MOMENT",
        help="the whole server, from its archive: 2026-01-31T14:05:00Z, latest, or a position such as 0/3000060",
    )
    for one in (backup, drill, what):
        one.add_argument("--stream", action="store_true", help="the stream of messages, and not the databases")
    restore.add_argument("--backup", help="its name, such as 20260131T020000Z (default: the newest)")
    restore.add_argument("--dry-run", action="store_true", help="say what would be restored, and change nothing")
    restore.add_argument("--overwrite", action="store_true", help="what is in the database now may go")
    rotation = command("rotate", "Gives a database another login while its clients go on; stopped, it goes on there.")
    rotation.add_argument(
        "--secret", default="loom-postgresql-secret", help="which one (default: loom-postgresql-secret)"
    )
    rotation.add_argument(
        "--lock-key-store", action="store_true", help="of loom-secret: the keys that Loom has stored are lost"
    )
    mesh.add(commands.add_parser("mesh", help=mesh.SUMMARY, description=mesh.SUMMARY))
    reach.add(commands.add_parser("reach", help=reach.SUMMARY, description=reach.SUMMARY))
    images.add(commands.add_parser("images", help=images.SUMMARY, description=images.SUMMARY))
    upgrade.add(commands.add_parser("upgrade", help=upgrade.SUMMARY, description=upgrade.SUMMARY))
    drain.add(commands.add_parser("drain", help=drain.SUMMARY, description=drain.SUMMARY))
    given = parser.parse_args(arguments)
    try:
        if given.command == "reach":
            from .review.command import run as reached

            return answer(*reached(given))
        if given.command == "upgrade":
            from .review.upgrade.command import run as upgraded

            return answer(*upgraded(given))
        if given.command == "drain":
            from .review.drain.command import run as drained

            return answer(*drained(given))
        if given.command == "images":
            from .review.images.command import answer as images_answer

            return images_answer(given, _wanted_images)
        if given.command == "mesh":
            return _mesh(given)
        print(_run(given).rstrip())
    except (delivery.DeliveryError, ValueError) as error:
        print(f"loom-constructs: {error}", file=sys.stderr)
        return 1
    return 0


def _mesh(given: argparse.Namespace) -> int:
    if given.verb == "dashboard":
        return mesh.run(given, namespace="", mesh="")
    environment = _environment(given)
    settings = environment.mesh
    return mesh.run(given, namespace=environment.namespace, mesh=settings.mode.value, viz=settings.viz)


def _environment(given: argparse.Namespace) -> Environment:
    from .kubernetes.checks import one_of
    from .platform import ENVIRONMENTS

    known = {e.name: e for e in ENVIRONMENTS}
    one_of("environment", given.environment, list(known))
    return known[given.environment]


def _wanted_images() -> list[str]:
    """What the file of digests has to have."""
    from .platform import ENVIRONMENTS, references
    from .platform.settings import Digests

    pinned = [e for e in ENVIRONMENTS if e.image_lock.digests is not Digests.IGNORED]
    return [image for e in pinned for image in references(e).values() if "@" not in image]


def _wishes(given: argparse.Namespace) -> dict[str, str]:
    """What a restore is told."""
    if given.command != "restore" or given.at:
        return {}
    env = {"DATABASE_TO_RESTORE": given.database or "", "BACKUP": given.backup or ""}
    return env | {n: "yes" for n, on in (("DRY_RUN", given.dry_run), ("OVERWRITE", given.overwrite)) if on}


def _run(given: argparse.Namespace) -> str:
    environment = _environment(given)
    folder: Path = given.dist / environment.name
    where = {"namespace": environment.namespace, "environment": environment.name}
    if given.command == "apply":
        return delivery.apply(folder, **where)
    if given.command == "restore" and given.at:
        if given.backup:
            raise delivery.DeliveryError("--backup goes with --database: the moment says which base backup is used")
        delivery.restore_to(
            given.at,
            dry_run=given.dry_run,
            overwrite=given.overwrite,
            namespace=environment.namespace,
            environment=environment.name,
        )
        return ""
    if given.command in ("backup", "drill", "restore"):
        delivery.run_now(
            given.command,
            of=delivery.STREAM if given.stream else delivery.DATABASES,
            env=_wishes(given),
            namespace=environment.namespace,
            environment=environment.name,
        )
        return ""
    if given.command == "delete":
        return delivery.delete(folder, claims=given.claims, **where)
    if given.command == "rotate":
        return _rotate(given, environment)
    if environment.secret_store is not None:
        raise delivery.DeliveryError(
            f"{environment.name} takes its Secrets from store {environment.secret_store.name}: put them there, "
            "under " + environment.secret_store.prefix
        )
    required = {
        s.name: {key: entry.value for key, entry in entries.items()}
        for s, entries in environment.required_secrets.items()
    }
    lines = delivery.create_missing(required, namespace_object=str(folder / "namespace.k8s.yaml"), **where)
    return "\n".join(lines)


def _rotate(given: argparse.Namespace, environment: Environment) -> str:
    from .kubernetes.checks import one_of
    from .platform import secrets

    one_of("secret", given.secret, [s.name for s in (*secrets.LOGINS, secrets.CONTROL_PLANE)])
    if environment.secret_store is not None:
        raise delivery.DeliveryError(
            f"{environment.name} takes its Secrets from store {environment.secret_store.name}: change {given.secret} "
            "there, as docs/how-to/rotate-secrets.md says"
        )
    if given.secret != secrets.CONTROL_PLANE.name:
        delivery.rotate_login(given.secret, namespace=environment.namespace, environment=environment.name)
        return ""
    if not given.lock_key_store:
        raise delivery.DeliveryError(
            "the password of loom-secret (LOOM_PASSWORD) unlocks Loom's key store: with another one the keys in it are "
            "lost, and must be entered again; nothing was changed; --lock-key-store does it"
        )
    delivery.rotate_password(given.secret, "password", namespace=environment.namespace, environment=environment.name)
    return ""


if __name__ == "__main__":
    sys.exit(main())
