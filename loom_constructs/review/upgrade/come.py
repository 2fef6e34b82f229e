"""Objects that only NEW has."""

from __future__ import annotations

from .key import Key
from .verdict import Change, Verdict

TODO = {
    "NetworkPolicy": "It denies its pods whatever no policy allows: see `loom-constructs reach`.",
    "Server": "It refuses clients that no AuthorizationPolicy lets in.",
    "ResourceQuota": "Pods that are made later must fit into it.",
    "LimitRange": "Pods that are made later must fit into it.",
    "Job": "It runs once.",
    "ValidatingWebhookConfiguration": "It may refuse what is applied later.",
    "MutatingWebhookConfiguration": "It may change pods that are made later.",
}


def come(key: Key) -> Change:
    """What is said about an object that appears."""
    return Change(Verdict.SAFE, key, "is new", TODO.get(key.kind, ""))
