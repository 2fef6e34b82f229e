"""What the pods of an object run, and what they read and keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..ends import Object
from ..manifests import TEMPLATES

ROLLING = ("Deployment", "StatefulSet", "DaemonSet")
"""Kinds that replace their pods by themselves when the template changes."""


def template_of(item: Object) -> Mapping[str, Any]:
    """The pod template; a Pod is its own; empty for what makes no pods."""
    if item["kind"] not in TEMPLATES:
        return {}
    found: Any = item
    for key in TEMPLATES[item["kind"]]:
        found = (found or {}).get(key)
    return found or {}


def spec_of(item: Object) -> Mapping[str, Any]:
    """The spec of its pods."""
    return template_of(item).get("spec") or {}


def containers_of(item: Object) -> dict[str, Object]:
    """All containers by name."""
    spec = spec_of(item)
    return {str(c.get("name")): c for c in [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]}


def templates_of(item: Object) -> dict[str, Object]:
    """Its claim templates by name."""
    templates = (item.get("spec") or {}).get("volumeClaimTemplates") or ()
    return {str((t.get("metadata") or {}).get("name")): t for t in templates}


def claims_of(item: Object) -> dict[str, str]:
    """The volumes that outlive a pod, and in words what each of them is."""
    found = {name: f"claim template {name}" for name in templates_of(item)}
    for volume in spec_of(item).get("volumes") or ():
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if claim:
            found[volume["name"]] = f"claim {claim}"
        elif "hostPath" in volume:
            found[volume["name"]] = f"path {volume['hostPath'].get('path')} of the node"
    return found


def kept_by(item: Object, container: Object) -> dict[str, str]:
    """What a container mounts of volumes that outlive it: where, by volume."""
    claims = claims_of(item)
    return {
        m["name"]: m["mountPath"]
        + (f", subPath {inner}" if (inner := m.get("subPath") or m.get("subPathExpr")) else "")
        for m in container.get("volumeMounts") or ()
        if m["name"] in claims and not m.get("readOnly")
    }


def environment_of(container: Object) -> dict[str, str]:
    """Variables with literal values."""
    return {e["name"]: str(e["value"]) for e in container.get("env") or () if "value" in e}


class Reference(NamedTuple):
    """A ConfigMap or Secret that pods read.

    Args:
        where: The variable or volume, in words.
        field: The key that is asked for; empty for all of it.
        at_start: Whether it is read only when a container starts.
    """

    kind: str
    name: str
    where: str
    field: str
    at_start: bool


def references_of(item: Object) -> Iterator[Reference]:
    """What its pods read."""
    for name, container in containers_of(item).items():
        for variable in container.get("env") or ():
            for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
                ref = (variable.get("valueFrom") or {}).get(field)
                if ref:
                    where = f"variable {variable['name']} of {name}"
                    yield Reference(kind, str(ref.get("name")), where, str(ref.get("key")), True)
        for source in container.get("envFrom") or ():
            for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                if source.get(field):
                    yield Reference(kind, str(source[field].get("name")), f"variables of {name}", "", True)
    spec = spec_of(item)
    for volume in spec.get("volumes") or ():
        within = {
            m["name"]
            for c in containers_of(item).values()
            for m in c.get("volumeMounts") or ()
            if m.get("subPath") or m.get("subPathExpr")
        }
        for source in [volume, *((volume.get("projected") or {}).get("sources") or ())]:
            for field, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
                if isinstance(source.get(field), Mapping):
                    name = source[field].get("secretName") or source[field].get("name")
                    # a file mounted by subPath is never renewed
                    yield Reference(kind, str(name), f"volume {volume['name']}", "", volume["name"] in within)
