"""Values in words that fit into a line, and without anything secret."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .difference import Difference

_SECRET = re.compile(r"passw|token|secret|credential|private|api_?key|accesskey", re.IGNORECASE)
_SAID = re.compile(
    r"((?:passw\w*|token|secret|api_?key)[\"']?\s*[=:]\s*|://[^\s/:@]*:)(?!//)([^\s\"',@]+)", re.IGNORECASE
)
HIDDEN = "(hidden)"


def shown(value: Any, length: int = 40) -> str:
    """A value, shortened; a text of many lines only by how many."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        text = f"{value.strip().count(chr(10)) + 1} lines" if "\n" in value.strip() else value.strip() or '""'
    else:
        text = json.dumps(without_values(value), separators=(",", ":"), default=str).replace('"', "")
    text = _SAID.sub(rf"\1{HIDDEN}", text)
    return text if len(text) <= length else f"{text[: length - 3]}..."


def without_values(value: Any) -> Any:
    """The same, but for values of variables whose names are about secrets."""
    if isinstance(value, list):
        return [without_values(v) for v in value]
    if not isinstance(value, Mapping):
        return value
    found = {k: without_values(v) for k, v in value.items()}
    if "value" in found and _SECRET.search(str(found.get("name"))):
        found["value"] = HIDDEN
    return found


def of_differing_lines(old: Any, new: Any) -> tuple[Any, Any, int]:
    """The first line that differs on each side, and how many do, if one is a text of many lines."""
    if not (isinstance(old, str) and isinstance(new, str) and "\n" in old.strip() + new.strip()):
        return old, new, 1
    before, after = old.splitlines(), new.splitlines()
    gone, come = _only_in(before, after), _only_in(after, before)
    if not gone and not come:
        return "its lines", "the same in another order", 1
    return gone[0] if gone else None, come[0] if come else None, max(len(gone), len(come))


def _only_in(lines: Sequence[str], others: Sequence[str]) -> list[str]:
    there = {line.strip() for line in others}
    return [line.strip() for line in lines if line.strip() and line.strip() not in there]


def values(difference: Difference, *, length: int = 40) -> str:
    """`old → new`; secret values are not shown."""
    if hidden(difference):
        return f"{HIDDEN} → {HIDDEN}"
    old, new, lines = of_differing_lines(difference.old, difference.new)
    if "\n" in f"{difference.old}{difference.new}" and (_SECRET.search(str(old)) or _SECRET.search(str(new))):
        return f"{lines} lines" if lines > 1 else "1 line"
    if lines > 1 and None in (old, new):
        return f"{lines} lines {'more' if old is None else 'less'}: {shown(new if old is None else old, length)}"
    if isinstance(old, list) and isinstance(new, list):
        return _of_lists(old, new, length)
    if isinstance(old, dict) and isinstance(new, dict):
        old, new = ({k: v for k, v in side.items() if other.get(k) != v} for side, other in ((old, new), (new, old)))
    others = lines - 1
    more = f" and {others} more line{'s' * (others > 1)}" if others else ""
    return f"{shown(old, length)} → {shown(new, length)}{more}"


def _of_lists(old: list[Any], new: list[Any], length: int) -> str:
    if len(json.dumps([old, new], default=str)) <= 2 * length:
        return f"{shown(old, length)} → {shown(new, length)}"
    sides = [i for i in new if i not in old], [i for i in old if i not in new]
    parts = [
        f"{len(s)} {word}: {shown(s[0], 2 * length)}" for s, word in zip(sides, ("more", "less"), strict=True) if s
    ]
    return ", ".join(parts) or "another order"


def hidden(difference: Difference) -> bool:
    """Whether a variable's name says that its value is secret."""
    path = difference.path
    return len(path) > 1 and path[-1] == "value" and bool(_SECRET.search(path[-2]))


def listed(names: Sequence[str], most: int = 4, by: str = ", ") -> str:
    """`a, b, c, d and 3 more`."""
    rest = len(names) - most
    return by.join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
