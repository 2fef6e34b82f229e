"""What one pod asks for, with what is injected into it, by the rule that Kubernetes has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...kubernetes import Resources
from .amounts import counted

Amounts = Counter[str]

ASKED = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory")
"""What a quota counts of each container."""

_PROXY = "config.linkerd.io/proxy-"


@dataclass(frozen=True)
class Asked:
    """What one container asks for.

    Args:
        missing: What it does not say, and a quota would refuse it for.
        before: Whether it runs before the main ones.
        stays: Whether it goes on to run beside them (a native sidecar).
    """

    name: str
    amounts: Amounts
    missing: tuple[str, ...] = ()
    before: bool = False
    stays: bool = False


def containers(template: Mapping[str, Any], default: Resources | None) -> list[Asked]:
    """All containers of a pod, in the order in which they start."""
    return list(_containers(template, default))


def _containers(template: Mapping[str, Any], default: Resources | None) -> Iterator[Asked]:
    spec = template.get("spec") or {}
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    if annotations.get("linkerd.io/inject") in ("enabled", "ingress"):
        # where the plugin for the network is there, this one has no resources of its own
        yield _asked({"name": "linkerd-network-validator"}, default, before=True)
        yield _asked({"name": "linkerd-proxy", "resources": _proxy(annotations)}, default, before=True, stays=True)
    for each in spec.get("initContainers") or ():
        yield _asked(each, default, before=True, stays=each.get("restartPolicy") == "Always")
    for each in spec.get("containers") or ():
        yield _asked(each, default)


def _proxy(annotations: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Linkerd's proxy, as annotations of the pod size it."""
    return {
        f"{kind}s": {
            name: annotations[f"{_PROXY}{name}-{kind}"]
            for name in ("cpu", "memory")
            if f"{_PROXY}{name}-{kind}" in annotations
        }
        for kind in ("request", "limit")
    }


def _asked(
    container: Mapping[str, Any], default: Resources | None, *, before: bool = False, stays: bool = False
) -> Asked:
    given = container.get("resources") or {}
    said = {
        f"{kind}.{name}": (given.get(kind) or {}).get(name)
        for kind in ("requests", "limits")
        for name in ("cpu", "memory")
    }
    # the server copies a limit to a request that is missing, and only then looks for defaults
    for name in ("cpu", "memory"):
        if said[f"requests.{name}"] is None:
            said[f"requests.{name}"] = said[f"limits.{name}"]
    if default is not None:
        usual = default.manifest()
        said |= {k: usual[k.partition(".")[0]][k.partition(".")[2]] for k, v in said.items() if v is None}
    amounts = Counter({k: counted(k, v) for k, v in said.items() if v is not None})
    missing = tuple(k for k, v in said.items() if v is None)
    return Asked(str(container.get("name")), amounts, missing, before, stays)


def pod(template: Mapping[str, Any], default: Resources | None) -> Amounts:
    """What a pod counts for: all that run together, or more if a container before them asks for more."""
    together: Amounts = Counter()
    most: Amounts = Counter()
    for each in containers(template, default):
        if each.before and not each.stays:
            most |= together + each.amounts
        else:
            together += each.amounts
    return (together | most) + Counter({"pods": 1})
