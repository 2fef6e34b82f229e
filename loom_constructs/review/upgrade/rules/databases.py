"""Databases: their versions, and the Secrets by which they know their clients."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..pair import Pair
from ..pods import containers_of, environment_of, kept_by, references_of
from ..verdict import Change, Verdict

_SERVER = re.compile(
    r"(?:^|/)(postgres|postgresql|postgresql-repmgr|postgis|timescaledb(?:-ha)?|pgvector|spilo-(\d+))$"
)
_DATABASE = re.compile(
    r"(?:^|[^a-z])(db|dsn|pg|sql|postgres|postgresql|mysql|mariadb|mongo|mongodb|redis|database)(?:[^a-z]|$)"
)
_RUNNING = re.compile(r"postgres|mysql|mariadb|mongo|redis|valkey|cockroach|nats")


def databases(pair: Pair) -> Iterator[Change]:
    """Another major version of PostgreSQL, or its other image, on the same data; another Secret for a database."""
    if pair.template:
        yield from _majors(pair)
        yield from _secrets(pair)


def major_of(image: str) -> str | None:
    """The major version of a PostgreSQL image; None if it is none, or its tag does not say."""
    name, _, tag = image.partition("@")[0].rpartition(":")
    found = _SERVER.search(name)
    if not found or "/" in tag:
        return None
    version = found[2] or ((m := re.search(r"(?:^|-|\b)pg(\d+)", tag)) and m[1])
    if version:
        return version
    numbers = re.match(r"v?(\d+)(?:\.(\d+))?(?!\d)", tag)
    if not numbers:
        return None
    return numbers[1] if int(numbers[1]) >= 10 else f"{numbers[1]}.{numbers[2] or 0}"


def flavour_of(image: str) -> str:
    """Whether an image of PostgreSQL is made of Alpine or of Debian, as far as its tag says; empty for others."""
    name, _, tag = image.partition("@")[0].rpartition(":")
    if not tag or not re.search(r"(?:^|/)(?:postgres|postgis|pgvector)$", name):
        return ""
    return "Alpine" if "alpine" in tag else "Debian"


def refusal(old: str, new: str) -> str:
    """What to do about another major version."""
    if tuple(map(int, new.split("."))) < tuple(map(int, old.split("."))):
        return f"PostgreSQL {new} does not start on the data of {old}: restore a dump, or stay."
    return f"PostgreSQL {new} does not start on the data of {old}: pg_upgrade, or a dump and a restore."


def _majors(pair: Pair) -> Iterator[Change]:
    if pair.key.kind in ("Job", "CronJob"):
        return  # backups: they keep something else than a server's data
    after = containers_of(pair.new)
    found: dict[str, str] = {}
    for name, container in containers_of(pair.old).items():
        if name not in after or not (kept_by(pair.old, container) or kept_by(pair.new, after[name])):
            continue  # a client, such as a wait with psql
        images = str(container.get("image")), str(after[name].get("image"))
        (old, new), flavours = (major_of(i) for i in images), {flavour_of(i) for i in images} - {""}
        what = f"image of {name}: {images[0]} → {images[1]}"
        folders = [environment_of(c).get("PGDATA") for c in (container, after[name])]
        if old and new and old != new and folders[0] == folders[1]:
            found.setdefault(refusal(old, new), what)
        elif old and new and old != new:
            found.setdefault(f"PostgreSQL {new} begins empty there: restore a dump; what {old} wrote stays.", what)
        elif len(flavours) > 1:
            found.setdefault(
                "They have different users, so it may not read its files, and sort differently, so that indexes are "
                "wrong: restore a dump.",
                what,
            )
    taken = pair.take_of_containers("image") if found else []
    for todo, what in found.items():
        yield Change(Verdict.LOSES, pair.key, what, todo, taken)


def _secrets(pair: Pair) -> Iterator[Change]:
    old, new = ({r.where: r for r in references_of(i) if r.kind == "Secret"} for i in (pair.old, pair.new))
    images = " ".join(
        str(c.get("image")).rpartition("/")[2] for c in containers_of(pair.new).values() if kept_by(pair.new, c)
    )
    renamed: dict[tuple[str, str], list[str]] = {}
    for where, was in old.items():
        now = new.get(where)
        if now is None or now.name == was.name or _follows(pair, was.name, now.name):
            continue
        words = f"{where} {was.name} {now.name}".lower().replace("_", "-")
        if _DATABASE.search(words) or _RUNNING.search(images):
            renamed.setdefault((was.name, now.name), []).append(where)
    for (was_name, now_name), places in renamed.items():
        taken = pair.take_where(lambda d, n=(was_name, now_name): (d.old, d.new) == n)  # type: ignore[misc]
        there = any(k.kind == "Secret" and k.name == now_name for k in pair.sets.new)
        missing = "" if there else f" Secret {now_name} is not in NEW."
        todo = (
            f"Loses access unless both Secrets hold the same password: copy it, or change it in the database.{missing}"
        )
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        yield Change(Verdict.LOSES, pair.key, f"Secret {was_name} → {now_name} ({places[0]}{more})", todo, taken)


def _follows(pair: Pair, was: str, now: str) -> bool:
    """Whether the new name is only the old one with the hash of other content."""
    return any(o.kind == "Secret" and (o.name, n.name) == (was, now) for o, n in pair.sets.successors.items())
