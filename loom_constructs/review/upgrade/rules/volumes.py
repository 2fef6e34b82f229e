"""Where pods keep their data: another place is an empty one."""

from __future__ import annotations

from collections.abc import Iterator

from ..difference import Difference
from ..pair import Pair
from ..pods import claims_of, containers_of, environment_of, kept_by
from ..verdict import Change, Verdict


def volumes(pair: Pair) -> Iterator[Change]:
    """Claims of the template that change, and where they are mounted."""
    if not pair.template:
        return
    yield from _sources(pair)
    yield from _mounts(pair)
    yield from _data_directories(pair)


def _sources(pair: Pair) -> Iterator[Change]:
    before, after = claims_of(pair.old), claims_of(pair.new)
    for name, was in before.items():
        if was.startswith("claim template") and pair.key.kind == "StatefulSet":
            continue  # said of the claim templates
        if after.get(name) != was:
            taken = pair.take(*pair.template, "spec", "volumes", f"[{name}]")
            if was in after.values() and name not in after:
                continue  # the same claim under another name of the volume
            todo = "Its pods start without the data: move it first, or keep the volume."
            what = f"volume {name}: {was} → {after.get(name, 'no claim')}"
            yield Change(Verdict.LOSES, pair.key, what, todo, taken)


def _mounts(pair: Pair) -> Iterator[Change]:
    containers = containers_of(pair.new)
    moved: dict[str, list[str]] = {}
    for name, container in containers_of(pair.old).items():
        if name not in containers:
            continue
        before, after = kept_by(pair.old, container), kept_by(pair.new, containers[name])
        for volume, where in before.items():
            if volume in after and after[volume] != where:
                moved.setdefault(f"{volume} is mounted at {after[volume]}, no longer at {where}", []).append(name)
            elif volume not in after and volume in claims_of(pair.new):
                moved.setdefault(f"{volume} is no longer mounted at {where}", []).append(name)
    if moved:
        taken = pair.take_of_containers("volumeMounts")
        for what, names in moved.items():
            todo = "The program looks for its data elsewhere and starts empty: change its settings together."
            yield Change(Verdict.LOSES, pair.key, f"volume {what} (container {', '.join(names)})", todo, taken)


def _data_directories(pair: Pair) -> Iterator[Change]:
    found: dict[tuple[str, str], list[str]] = {}
    containers = containers_of(pair.new)
    for name, container in containers_of(pair.old).items():
        old = environment_of(container).get("PGDATA")
        new = environment_of(containers.get(name, {})).get("PGDATA")
        if name in containers and old != new and (kept_by(pair.old, container) or kept_by(pair.new, containers[name])):
            found.setdefault((old or "the image's", new or "the image's"), []).append(name)
    taken: list[Difference] = pair.take_of_containers("env", "[PGDATA]") if found else []
    for old, new in found:
        todo = "PostgreSQL finds no data there and makes an empty database: keep the path."
        yield Change(Verdict.LOSES, pair.key, f"PGDATA: {old} → {new}", todo, taken)
