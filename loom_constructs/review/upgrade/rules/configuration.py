"""ConfigMaps and Secrets: whether the pods that read them notice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..difference import Difference
from ..key import Key
from ..pair import Pair
from ..pods import Reference
from ..shown import listed, values
from ..verdict import Change, Verdict

LATER = ("CronJob", "Job")


def configuration(pair: Pair) -> Iterator[Change]:
    """Changed content."""
    if pair.key.group or pair.key.kind not in ("ConfigMap", "Secret"):
        return
    taken = [*pair.take("data"), *pair.take("binaryData")]
    if not taken:
        return
    what = listed([_words(pair, d) for d in taken], 2)
    readers = [(k, r) for k, r in pair.sets.readers(pair.key) if _concerns(r, taken)]
    if not readers:
        yield Change(Verdict.SAFE, pair.key, what, "No pod of NEW reads it.", taken)
        return
    lasting = {k: r for k, r in readers if k.kind not in LATER}
    unaware = [k for k in lasting if not pair.sets.restarts(k)]
    if not unaware:
        todo = f"Read by {_names(lasting)}, made anew anyway." if lasting else "From the next run on."
        yield Change(Verdict.SAFE, pair.key, what, todo, taken)
        return
    at_start = any(r.at_start for k, r in readers if k in unaware)
    files = "Files in pods follow within about a minute; what is read only at start t" if not at_start else "T"
    todo = f"{files}akes effect at the next restart of {_names(dict.fromkeys(unaware))}: kubectl rollout restart."
    yield Change(Verdict.RESTARTS, pair.key, what, todo, taken)


def _concerns(reference: Reference, taken: list[Difference]) -> bool:
    """Whether pods read a key that changes."""
    return not reference.field or any(reference.field in d.path[1:2] or len(d.path) == 1 for d in taken)


def _names(keys: dict[Key, Any]) -> str:
    return listed([str(k) for k in keys], 3)


def _words(pair: Pair, difference: Difference) -> str:
    key = ".".join(difference.path[1:]) or "data"
    if pair.key.kind == "Secret":
        return f"{key} {'is new' if difference.old is None else 'is gone' if difference.new is None else 'changes'}"
    if "\n" in str(difference.old) + str(difference.new) and None in (difference.old, difference.new):
        return f"{key} {'is new' if difference.old is None else 'is gone'}"
    return f"{key}: {values(difference)}"
