"""Ready endpoints of every Service and ready pods of every workload, at every change; the fewest are kept."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

Object = dict[str, Any]
Places = dict[str, str]
"""What is ready, and its node."""


class Watch:
    """What is ready now, and the fewest since `begin`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slices: dict[str, tuple[str, Places]] = {}
        self._pods: dict[str, tuple[str, Places]] = {}
        self._fewest: dict[str, int] = {}

    def ready(self, *, without: frozenset[str] = frozenset()) -> dict[str, int]:
        """How many are ready, not counting nodes that are lost."""
        with self._lock:
            return self._count(without)

    def begin(self) -> None:
        """Counts anew from now."""
        with self._lock:
            self._fewest = self._count()

    @property
    def fewest(self) -> dict[str, int]:
        """The fewest of each since `begin`."""
        with self._lock:
            return dict(sorted(self._fewest.items()))

    def _count(self, without: frozenset[str] = frozenset()) -> dict[str, int]:
        found: dict[str, dict[str, None]] = {}
        for of, places in [*self._slices.values(), *self._pods.values()]:
            there = found.setdefault(of, {})
            there.update(dict.fromkeys(each for each, node in places.items() if node not in without))
        return {of: len(there) for of, there in found.items()}

    def _changed(self, kept: dict[str, tuple[str, Places]], event: Object, of: str, places: Places) -> None:
        item = event["object"]
        with self._lock:
            if event["type"] == "DELETED":
                # an owner without anything left is still counted
                kept[item["metadata"]["uid"]] = (of, {})
            else:
                kept[item["metadata"]["uid"]] = (of, places)
            for name, number in self._count().items():
                self._fewest[name] = min(number, self._fewest.get(name, number))

    def slice_changed(self, event: Object) -> None:
        """An EndpointSlice is another one."""
        item = event["object"]
        places = {
            address: endpoint.get("nodeName", "")
            for endpoint in item.get("endpoints") or []
            if endpoint["conditions"].get("ready")
            # Services that publish what is not ready say nothing by `ready`
            and endpoint["conditions"].get("serving")
            for address in endpoint["addresses"]
        }
        owner = item["metadata"].get("labels", {}).get("kubernetes.io/service-name")
        self._changed(self._slices, event, f"Service/{owner}", places)

    def pod_changed(self, event: Object) -> None:
        """A pod is another one."""
        item = event["object"]
        owner = workload(item)
        if owner is None:
            return
        states = {c["type"]: c["status"] for c in item.get("status", {}).get("conditions", [])}
        here = states.get("Ready") == "True" and "deletionTimestamp" not in item["metadata"]
        node = item["spec"].get("nodeName", "")
        self._changed(self._pods, event, owner, {item["metadata"]["uid"]: node} if here else {})


def workload(pod: Object) -> str | None:
    """The Deployment or StatefulSet of a pod."""
    for owner in pod["metadata"].get("ownerReferences", []):
        if owner["kind"] == "ReplicaSet":
            return f"Deployment/{owner['name'].rpartition('-')[0]}"
        if owner["kind"] == "StatefulSet":
            return f"StatefulSet/{owner['name']}"
    return None


@contextmanager
def watching(namespace: str) -> Iterator[Watch]:
    """Watches a namespace."""
    watch = Watch()
    handled = {"endpointslices.discovery.k8s.io": watch.slice_changed, "pods": watch.pod_changed}
    processes, readers = [], []
    for kind, handle in handled.items():
        command = ["kubectl", "get", kind, "-n", namespace, "--watch", "--output-watch-events", "-o", "json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        readers.append(threading.Thread(target=_read, args=(process.stdout, handle), daemon=True))
        readers[-1].start()
    try:
        yield watch
        assert all(p.poll() is None for p in processes), "a watch ended: not everything was seen"
    finally:
        for process in processes:
            process.terminate()
            process.wait()
        for reader in readers:
            reader.join()


def _read(stream: IO[str], handle: Callable[[Object], None]) -> None:
    """Each line is an event."""
    with stream:
        for line in stream:
            handle(json.loads(line))
