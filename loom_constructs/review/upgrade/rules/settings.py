"""Settings after which a program does not find its data, in texts, variables and arguments."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..difference import Difference
from ..pair import Pair
from ..pods import containers_of, environment_of
from ..verdict import Change, Verdict

_VALUE = r"[\"']?\s*[:=]?\s*[\"']?([^\s\"',;}]+)"
_TEXTS = {
    "numHistoryShards": re.compile(rf"\bnumHistoryShards{_VALUE}"),
    "store_dir": re.compile(rf"(?m)^[^#\n]*?\bstore_?dir{_VALUE}", re.IGNORECASE),
    "JetStream domain": re.compile(rf"jetstream[\"']?\s*[:=]?\s*\{{[^{{}}]*?\bdomain{_VALUE}"),
}
_VARIABLES = {"NUM_HISTORY_SHARDS": "numHistoryShards"}
_ARGUMENT = re.compile(r"(?:^|\s)-{1,2}(?:sd|store_dir)[= ](\S+)")
TODO = {
    "numHistoryShards": "Temporal keeps the number of its first start; a new database with another one is no place for "
    "its workflows.",
    "store_dir": "NATS starts without its streams: move the files to the new folder first, or keep it.",
    "JetStream domain": "Clients and mirrors no longer find the streams under the old domain: keep it.",
}


def settings(pair: Pair) -> Iterator[Change]:
    """Temporal's shards, NATS' store and domain."""
    if pair.key.kind in ("ConfigMap", "Secret") and not pair.key.group:
        yield from _of_texts(pair)
    if pair.template:
        yield from _of_pods(pair)


def _of_texts(pair: Pair) -> Iterator[Change]:
    for difference in [d for d in pair.left if d.path[0] == "data" and len(d.path) > 1]:
        old, new = (_text(pair, v) for v in (difference.old, difference.new))
        for name, pattern in _TEXTS.items():
            before, after = pattern.findall(old), pattern.findall(new)
            if before != after and before and (after or name == "JetStream domain"):
                taken = pair.take_where(lambda d, this=difference: d is this)  # type: ignore[misc]
                yield _change(pair, name, f" in {difference.path[-1]}", before, after, taken)


def _text(pair: Pair, value: Any) -> str:
    if pair.key.kind == "ConfigMap" or value is None:
        return str(value or "")
    try:
        return base64.b64decode(str(value)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _of_pods(pair: Pair) -> Iterator[Change]:
    after = containers_of(pair.new)
    for name, container in containers_of(pair.old).items():
        other = after.get(name, {})
        for variable, setting in _VARIABLES.items():
            old, new = environment_of(container).get(variable), environment_of(other).get(variable)
            if old and new and old != new:
                taken = pair.take_of_containers("env", f"[{variable}]")
                yield _change(pair, setting, f" of {name}", [old], [new], taken)
        folders = [_ARGUMENT.findall(_arguments(c)) for c in (container, other)]
        if folders[0] and other and folders[0] != folders[1]:
            taken = [*pair.take_of_containers("args"), *pair.take_of_containers("command")]
            yield _change(pair, "store_dir", f" of {name}", folders[0], folders[1], taken)


def _arguments(container: Mapping[str, Any]) -> str:
    return " ".join(map(str, [*(container.get("command") or ()), *(container.get("args") or ())]))


def _change(pair: Pair, setting: str, where: str, old: list[str], new: list[str], taken: list[Difference]) -> Change:
    changed = f"{', '.join(old)} → {', '.join(new) or 'none'}"
    return Change(Verdict.LOSES, pair.key, f"{setting}{where}: {changed}", TODO[setting], taken)
