"""Linkerd's Servers, which say who may use a port; in audit they refuse nobody and write down whom they would."""

from __future__ import annotations

import copy
from pathlib import Path

from .send import Object, as_list, listed, rendered, send

SERVERS = "servers.policy.linkerd.io"
AUDIT = "audit"


def in_audit(objects: list[Object]) -> list[Object]:
    """A copy of objects in which no Server refuses anything."""
    copied = copy.deepcopy(objects)
    for server in copied:
        if server["kind"] == "Server" and server["apiVersion"].startswith("policy.linkerd.io/"):
            server["spec"]["accessPolicy"] = AUDIT
    return copied


def send_in_audit(folders: list[Path]) -> None:
    """Applies what was rendered, with its Servers in audit."""
    for folder in folders:
        send(as_list(in_audit(rendered(folder))))


def enforce(folders: list[Path]) -> bool:
    """Applies what was rendered as it is. Returns whether that changed anything."""
    return any([send(folder) for folder in folders])


def left_in_audit(namespace: str) -> list[str]:
    """The names of Servers that refuse nobody."""
    found = listed(SERVERS, namespace)
    return [o["metadata"]["name"] for o in found if o["spec"].get("accessPolicy") == AUDIT]
