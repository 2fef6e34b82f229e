"""Releases of programs that write their data for themselves: which steps between them nobody has promised."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..pair import Pair
from ..pods import containers_of, kept_by
from ..verdict import Change, Verdict

_NATS = re.compile(r"(?:^|/)nats(?:-server)?$")
_TEMPORAL = re.compile(r"(?:^|/)(?:temporalio/(?:server|auto-setup)|temporal(?:-server)?)$")


def releases(pair: Pair) -> Iterator[Change]:
    """An older NATS; a Temporal that is more than one minor release away."""
    if not pair.template:
        return
    after = containers_of(pair.new)
    for name, container in containers_of(pair.old).items():
        images = str(container.get("image")), str(after.get(name, {}).get("image"))
        (old_program, old), (new_program, new) = (_release(i) for i in images)
        if not old or not new or old_program != new_program:
            continue
        if _NATS.search(new_program):
            todo = _nats(old, new) if kept_by(pair.old, container) else ""
        else:
            todo = _temporal(old, new)
        if todo:
            taken = pair.take_where(lambda d, n=name: d.path[-2:] == (f"[{n}]", "image"))  # type: ignore[misc]
            yield Change(Verdict.LOSES, pair.key, f"image of {name}: {images[0]} → {images[1]}", todo, taken)


def _release(image: str) -> tuple[str, tuple[int, int] | None]:
    """The program, without its registry, and its minor release; none if it is another program, or its tag has none."""
    path, _, tag = image.partition("@")[0].rpartition(":")
    program = next((found[0].lstrip("/") for p in (_NATS, _TEMPORAL) if (found := p.search(path))), "")
    numbers = re.match(r"v?(\d+)\.(\d+)(?!\d)", tag)
    return program, (int(numbers[1]), int(numbers[2])) if program and numbers else None


def _nats(old: tuple[int, int], new: tuple[int, int]) -> str:
    if new >= old:
        return ""
    was, now = _written(old), _written(new)
    return f"Streams and consumers with settings that only {was} knows are offline on {now}: see that there are none."


def _temporal(old: tuple[int, int], new: tuple[int, int]) -> str:
    if old[0] == new[0] and abs(new[1] - old[1]) <= 1:
        return ""
    between = f": go to {old[0]}.{old[1] + (1 if new > old else -1)} first" if old[0] == new[0] else ""
    return f"Temporal goes one minor release at a time, and no other step is tried by its makers{between}."


def _written(release: tuple[int, int]) -> str:
    return ".".join(map(str, release))
