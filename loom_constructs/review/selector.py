"""Label selectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a selector selects these labels; an empty one selects everything."""
    selector = selector or {}
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    return all(_holds(e, labels) for e in selector.get("matchExpressions") or ())


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":  # also without the label
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    raise ValueError(f"operator must be In, NotIn, Exists or DoesNotExist, got {expression['operator']!r}")


def example(selector: Mapping[str, Any] | None) -> dict[str, str]:
    """Labels that a selector selects, if any do."""
    selector = selector or {}
    labels = dict(selector.get("matchLabels") or {})
    for expression in selector.get("matchExpressions") or ():
        if expression["operator"] == "In" and expression.get("values"):
            labels.setdefault(expression["key"], expression["values"][0])
        elif expression["operator"] == "Exists":
            labels.setdefault(expression["key"], "any")
    return labels


def words(selector: Mapping[str, Any] | None) -> str:
    """A selector as people write it: `app=web,tier in (a,b)`; `{}` selects everything."""
    selector = selector or {}
    said = [f"{k}={v}" for k, v in sorted((selector.get("matchLabels") or {}).items())]
    for e in selector.get("matchExpressions") or ():
        listed = f"({','.join(map(str, e.get('values') or ()))})"
        text = {
            "In": f"{e['key']} in {listed}",
            "NotIn": f"{e['key']} not in {listed}",
            "Exists": e["key"],
            "DoesNotExist": f"!{e['key']}",
        }
        said.append(text.get(e["operator"], str(dict(e))))
    return ",".join(said) or "{}"
