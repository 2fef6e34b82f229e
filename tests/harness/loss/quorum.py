"""How many NATS servers are up and up to date, asked twice a second."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from . import faults


class Watch:
    """What was seen."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._end = threading.Event()
        self.counts: list[int] = []
        self.said: set[str] = set()

    @property
    def fewest(self) -> int:
        """The lowest number of servers that were up to date at one moment."""
        return min(self.counts)

    def _look(self) -> None:
        while not self._end.wait(0.5):
            answers = [faults.health(pod) for pod in faults.pods(self._namespace, faults.NATS)]
            self.counts.append(sum(a == "ok" for a in answers))
            self.said |= set(answers)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Looks until the end of the block."""
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()
        assert self.counts, "nothing was seen"
