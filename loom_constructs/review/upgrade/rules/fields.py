"""Which fields of a pod template changed, in a line that a person can read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..difference import Difference, written
from ..shown import listed, shown, values, without_values

CONTAINERS = ("containers", "initContainers")
TELLING = ("image", "env", "resources")
"""Fields of containers whose values tell a person something."""


def fields(found: Sequence[Difference], template: tuple[str, ...], most: int = 5) -> str:
    """What changed: images first, then what else starts the program, then what only describes the pod."""
    said: dict[str, None] = {}
    for words in _sorted(found, template):
        said[words] = None
    return listed(list(said), most, "; ")


def _sorted(found: Sequence[Difference], template: tuple[str, ...]) -> Iterator[str]:
    inner: dict[str, dict[str, list[Difference]]] = {}  # by field and container
    outer: list[Difference] = []
    notes: dict[str, list[Difference]] = {}
    for difference in found:
        path = difference.path[len(template) :]
        if path[:1] == ("metadata",):
            notes.setdefault(path[1] if len(path) > 1 else "metadata", []).append(difference)
        elif path[1:2] and path[1] in CONTAINERS and len(path) > 3:
            inner.setdefault(path[3], {}).setdefault(path[2].strip("[]"), []).append(difference)
        else:
            outer.append(difference)
    depth = len(template) + 4
    for field in sorted(inner, key=lambda f: TELLING.index(f) if f in TELLING else len(TELLING)):
        yield from _of_containers(field, inner[field], depth)
    for difference in outer:
        yield _of_pod(difference, len(template))
    for field in sorted(notes):
        names = [d.path[-1] for d in notes[field]]
        single = len(names) == 1 and not names[0].startswith("checksum/")
        value = f": {values(notes[field][0], length=30)}" if single else ""
        kind = field.removesuffix("s") if len(names) == 1 else field
        yield f"{kind} {listed(names, 3)}{value}"


def _of_containers(field: str, changed: dict[str, list[Difference]], depth: int) -> Iterator[str]:
    if field not in TELLING:
        yield f"{field} of {listed(list(changed), 3)}"
        return
    said: dict[tuple[str, str], list[str]] = {}
    for container, found in changed.items():
        if len(found) == 1:
            name = written(found[0].path[depth - 1 :]).replace("env[", "env ").replace("].value", "").rstrip("]")
            words = name, f": {_value(found[0])}"
        else:
            end = depth + 1 if field == "env" else None
            names = dict.fromkeys(written(d.path[depth:end]).strip("[]") for d in found)
            words = f"{field} {listed(list(names), 3)}", ""
        said.setdefault(words, []).append(container)
    for (name, value), containers in said.items():
        yield f"{name} of {listed(containers, 3)}{value}"


def _value(difference: Difference) -> str:
    """`old → new`; of whole variables what they are set to, if that is a literal."""
    if difference.path[-2] != "env":
        return values(difference, length=60)
    sides = (difference.old, difference.new)
    texts = [(without_values(s) or {}).get("value", "a reference") if s else "nothing" for s in sides]
    return " → ".join(shown(t, 48) for t in texts)


def _of_pod(difference: Difference, depth: int) -> str:
    path = difference.path[depth:]
    if path[:1] == ("spec",) and len(path) > 1:
        path = path[1:]
    if len(path) == 2 and path[0] in CONTAINERS:
        kind = "container" if path[0] == "containers" else "init container"
        name = path[1].strip("[]")
        words = "their order" if name == "(order)" else name
        if name == "(order)":
            return f"{words} ({path[0]})"
        return f"{kind} {words} is {'new' if difference.old is None else 'gone'}"
    if path[:1] == ("volumes",) and len(path) == 2:
        return f"volume {path[1].strip('[]')} is {'new' if difference.old is None else 'gone'}"
    return f"{written(path) or 'template'}: {values(difference)}"
