"""Effect: pods and containers without rights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...kubernetes.manifest import Body
from .finding import Allow, Finding
from .pods import Pods
from .world import World


@dataclass(frozen=True)
class DropRights:
    """Not as root, on a read-only root file system, without capabilities, with the runtime's seccomp profile.

    Init containers too. What a container says itself stays; what breaks a rule of the Pod Security standard
    `restricted` is found by `privileges`, not changed.

    Args:
        users: User ids by workload, or one for all; also the group of the pods and of their volumes. Which user an
            image can run as, only its author knows; with None the image's own is taken, whatever it is.
    """

    users: Mapping[str, int] | int | None

    def __call__(self, pods: Pods, world: World) -> Iterator[Finding]:
        """Adds the security contexts; finds containers that name no user."""
        pod = _context(pods.pod)
        user = self.users.get(pods.name) if isinstance(self.users, Mapping) else self.users
        if user is not None:
            for field in ("runAsUser", "runAsGroup", "fsGroup"):
                pod.setdefault(field, user)
            pod.setdefault("fsGroupChangePolicy", "OnRootMismatch")
        if pod.get("runAsUser") != 0:
            pod.setdefault("runAsNonRoot", True)
        pod.setdefault("seccompProfile", {"type": "RuntimeDefault"})
        for container in pods.all_containers:
            own = _context(container)
            mighty = own.get("privileged") is True
            added = (own.get("capabilities") or {}).get("add") or []
            # the API server refuses a privileged container that may not gain rights
            if not mighty and not {"SYS_ADMIN", "CAP_SYS_ADMIN"} & set(added):
                own.setdefault("allowPrivilegeEscalation", False)
            own.setdefault("readOnlyRootFilesystem", True)
            if own.get("runAsUser") == 0:
                own.setdefault("runAsNonRoot", False)
            if not mighty:
                capabilities = own["capabilities"] = own.get("capabilities") or {}
                dropped = capabilities.get("drop") or []
                capabilities["drop"] = dropped if "ALL" in dropped else [*dropped, "ALL"]
            if self.users is not None and "runAsUser" not in own and "runAsUser" not in pod:
                yield Finding(
                    Allow.ANY_USER,
                    f"container {container['name']} names no user id",
                    f'set securityContext.runAsUser, or users={{"{pods.name}": 10001}} with an id that its image can '
                    "run as",
                )


def _context(holder: Body) -> Body:
    context: Body = holder.get("securityContext") or {}
    holder["securityContext"] = context
    return context
