"""Pods, hardened: the template in every controller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .checks import refuse
from .container import Container
from .labels import Labels
from .manifest import Body, plain
from .pod_options import PodOptions
from .values import variable
from .volume import Mount, Volume


def pod_template(
    *,
    labels: Labels,
    common: Mapping[str, str],
    containers: Sequence[Container],
    init_containers: Sequence[Container],
    user: int,
    grace: int,
    fields: Mapping[str, Any],
    annotations: Mapping[str, str],
    options: PodOptions,
) -> Body:
    """A pod template: labels of the workload and its chart, one identity without a token, and what the user adds.

    Lists of containers are always there, so that later additions find them.
    """
    mains = [c.manifest() for c in containers]
    for main in mains:
        _extend(main, options)
    every = [*containers, *init_containers, *options.containers]
    chosen = [m.volume if isinstance(m, Mount) else m for m in options.mounts.values()]
    return {
        "metadata": {
            "labels": {**labels.all, **common, **options.labels, **labels.selector},
            "annotations": {
                "kubectl.kubernetes.io/default-container": containers[0].name,
                **annotations,
                **options.annotations,
            },
        },
        "spec": {
            "serviceAccountName": labels.instance,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": grace,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": user,
                "runAsGroup": user,
                "fsGroup": user,
                "fsGroupChangePolicy": "OnRootMismatch",
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            **plain(
                imagePullSecrets=[{"name": s} for s in options.pull_secrets],
                priorityClassName=options.priority_class,
                nodeSelector=dict(options.node_selector),
                tolerations=[dict(t) for t in options.tolerations],
                affinity=dict(options.affinity),
            ),
            **fields,
            "initContainers": [c.manifest() for c in init_containers],
            "containers": mains + [c.manifest() for c in options.containers],
            **plain(volumes=pod_volumes([*chosen, *(v for c in every for v in c.volumes)])),
        },
    }


def _extend(container: Body, options: PodOptions) -> None:
    env = {v["name"]: v for v in container.get("env", [])} | {n: variable(n, v) for n, v in options.env.items()}
    for path in options.mounts:
        if path in (m["mountPath"] for m in container.get("volumeMounts", [])):
            raise refuse("pod.mounts", f"free in container {container['name']}", path)
    container |= plain(
        env=sorted(env.values(), key=lambda v: "value" in v),
        volumeMounts=container.get("volumeMounts", [])
        + [(m if isinstance(m, Mount) else Mount(m)).manifest(path) for path, m in options.mounts.items()],
    )


def pod_volumes(volumes: Sequence[Volume]) -> list[Body]:
    """Volumes as they stand in a pod; those without a source come from the claim templates of a StatefulSet."""
    by_name: dict[str, Volume] = {}
    for volume in volumes:
        if by_name.setdefault(volume.name, volume) != volume:
            raise refuse("volume name", "used for one volume of the pod only", volume.name)
    return [{"name": v.name, **v.source} for v in by_name.values() if v.source]
