"""Brings the pods of a namespace into the mesh while they go on working.

The order: open (a temporary policy, Servers in audit), install Linkerd, restart, look, close (Servers as rendered,
policy away). A failure leaves it open, so everything still works; the next run goes on. Where every pod is in the mesh,
nothing is opened again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..kubectl import DeliveryError, find
from . import rollout_policy, servers
from .pods import alive, meshed, names, of_job, ready, unmeshed
from .send import rendered
from .steps import NOTHING, Step
from .workloads import restart

_IN_MESH = f"{NOTHING}, every pod is in the mesh"


@dataclass(frozen=True)
class Roll:
    """One namespace on its way into the mesh.

    Args:
        folders: The environment's folder, and the one with what the mesh adds, if there is one.
        timeout: Seconds that each workload has to come up.
        say: Takes a line for each workload.
        pause: Seconds between two looks at pods.
    """

    namespace: str
    folders: list[Path]
    timeout: int
    say: Callable[[str], None]
    pause: float = 2

    def opening(self) -> list[Step]:
        """What comes before the injector does: a pod that it meets says no to everybody until a Server says more."""
        return [Step("temporary policy", self.open_up), Step("Servers in audit", self.audit)]

    def closing(self) -> list[Step]:
        """What comes once pods can be in the mesh."""
        return [
            Step("pods", self.restart),
            Step("every pod is in the mesh", self.verify),
            Step("Servers as rendered", self.enforce),
            Step("temporary policy away", self.close),
        ]

    def open_up(self) -> str:
        """Lets pods inside and outside of the mesh reach each other."""
        if not self._needed():
            return _IN_MESH
        objects = [o for folder in self.folders for o in rendered(folder)]
        rollout_policy.open_up(self.namespace, objects)
        return f"NetworkPolicy {rollout_policy.NAME} opens namespace {self.namespace} to itself and its callers"

    def audit(self) -> str:
        """Brings everything that was rendered, but refuses nobody yet."""
        if not self._needed():
            return _IN_MESH
        servers.send_in_audit(self.folders)
        return "they refuse nobody yet"

    def restart(self) -> str:
        """Replaces the pods that are outside."""
        restarted = restart(self.namespace, timeout=self.timeout, say=self.say) if self._there() else []
        return f"restarted {', '.join(restarted)}" if restarted else _IN_MESH

    def verify(self) -> str:
        """Stops unless every pod is in the mesh and ready. Waits for jobs that run: the end would be cut off."""
        if not self._there():
            return "no pod runs yet"
        end = time.monotonic() + self.timeout
        while jobs := [pod for pod in unmeshed(self.namespace) if of_job(pod)]:
            if time.monotonic() > end:
                raise DeliveryError(f"jobs outside of the mesh run on after {self.timeout} s: {names(jobs)}; {_OPEN}")
            time.sleep(self.pause)
        if outside := unmeshed(self.namespace):
            raise DeliveryError(f"outside of the mesh: {names(outside)}; restart them by hand; {_OPEN}")
        pods = [pod for pod in alive(self.namespace) if meshed(pod)]
        if rollout_policy.is_open(self.namespace) and (lame := [p for p in pods if not ready(p) and not of_job(p)]):
            raise DeliveryError(f"in the mesh, but not ready: {names(lame)}; {_OPEN}")
        return f"{len(pods)} of {len(pods)}"

    def enforce(self) -> str:
        """Has Servers refuse whom they should."""
        return "applied" if servers.enforce(self.folders) else NOTHING

    def close(self) -> str:
        """Leaves only what was rendered."""
        if not (self._there() and rollout_policy.is_open(self.namespace)):
            return NOTHING
        rollout_policy.close(self.namespace)
        return f"NetworkPolicy {rollout_policy.NAME} is deleted"

    def _there(self) -> bool:
        return find("namespace", self.namespace) is not None

    def _needed(self) -> bool:
        return self._there() and bool(unmeshed(self.namespace))


_OPEN = f"until then NetworkPolicy {rollout_policy.NAME} and Servers in audit keep everything working"
