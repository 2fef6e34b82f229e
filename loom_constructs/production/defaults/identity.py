"""Effects: an identity of its own, and nothing else of the API server in the pod."""

from __future__ import annotations

from collections.abc import Iterator

from ...kubernetes.manifest import Body
from .finding import Allow, Finding
from .pods import Pods
from .world import World


def no_token(pods: Pods, world: World) -> Iterator[Finding]:
    """No token of the API server is mounted, unless somebody asked for it."""
    if pods.pod.setdefault("automountServiceAccountToken", False):
        yield Finding(Allow.TOKEN, "the pods mount a token of the API server", "leave it out if they do not call it")


def no_service_links(pods: Pods, world: World) -> Iterator[Finding]:
    """No variables for each Service of the namespace: they clash with programs' own, and slow the start."""
    yield from ()
    pods.pod.setdefault("enableServiceLinks", False)


def own_account(pods: Pods, world: World) -> Iterator[Finding]:
    """A ServiceAccount with the workload's name, where it would run as `default`, which all such workloads share."""
    if pods.pod.get("serviceAccountName", "default") != "default":
        return
    if (pods.namespace, pods.name) in world.called_default:
        what = "its calls let in ServiceAccount default, which it shares with others"
        yield Finding(None, what, "give it a ServiceAccount of its own before it calls or is called")
        return
    pods.pod["serviceAccountName"] = pods.name


def account(pods: Pods, world: World) -> Body | None:
    """The ServiceAccount that `own_account` names, where it is not there."""
    if pods.pod.get("serviceAccountName") != pods.name or world.has_account(pods, pods.name):
        return None
    return {"apiVersion": "v1", "kind": "ServiceAccount", "automountServiceAccountToken": False}
