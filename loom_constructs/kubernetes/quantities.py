"""Amounts of CPU, memory and storage: what a container asks for and what it may use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from cdk8s import Size, SizeRoundingBehavior

from .checks import at_least, instance, refuse


@dataclass(frozen=True)
class Cpu:
    """Processor time, as Kubernetes counts it: 1000 millis are one core."""

    amount: str
    """In Kubernetes' notation, such as `250m`."""

    def __post_init__(self) -> None:
        if not isinstance(self.amount, str) or not re.fullmatch(r"[1-9]\d*m?|\d+\.\d+", self.amount):
            raise refuse("amount", "cores or thousandths of them, such as 2 or 250m", self.amount)

    @classmethod
    def millis(cls, number: int) -> Cpu:
        """Thousandths of a core, at least 1."""
        return cls(f"{at_least('millis', number, 1)}m")

    @classmethod
    def units(cls, number: int) -> Cpu:
        """Whole cores, at least 1."""
        return cls(str(at_least("units", number, 1)))

    @property
    def in_millis(self) -> int:
        """The same in thousandths of a core."""
        return int(self.amount[:-1]) if self.amount.endswith("m") else round(float(self.amount) * 1000)


def mebibytes(size: Size) -> int:
    """A size in whole MiB, rounded down."""
    return int(size.to_mebibytes(rounding=SizeRoundingBehavior.FLOOR))


def notation(size: Size) -> str:
    """A size as Kubernetes writes it, in the largest unit that is exact: `512Mi`, `20Gi`."""
    kibi = int(size.to_kibibytes(rounding=SizeRoundingBehavior.FAIL))
    for factor, unit in ((1 << 30, "Ti"), (1 << 20, "Gi"), (1 << 10, "Mi")):
        if kibi % factor == 0 and kibi:
            return f"{kibi // factor}{unit}"
    return f"{kibi}Ki"


def at_least_size(argument: str, size: Size, least: Size) -> Size:
    """A size that is not below a limit."""
    instance(argument, size, Size)
    if size.to_kibibytes(rounding=SizeRoundingBehavior.FLOOR) < least.to_kibibytes():
        raise refuse(argument, f"at least {notation(least)}", notation(size))
    return size


class Resources:
    """What one container is guaranteed and what it may use at most.

    The scheduler reserves the requests; a container is slowed down above its CPU limit and killed above its
    memory limit. All four are required: without requests nothing can be planned or autoscaled, without a memory
    limit one leak takes its neighbours along.

    Args:
        cpu: Guaranteed processor time (`Cpu.millis(250)`; a cdk8s-plus `Cpu` works too).
        memory: Guaranteed memory.
        cpu_limit: At least `cpu`.
        memory_limit: At least `memory`.

    Raises:
        ValueError: A limit is below its request.
    """

    def __init__(self, *, cpu: Any, memory: Size, cpu_limit: Any, memory_limit: Size) -> None:
        for argument, value in (("cpu", cpu), ("cpu_limit", cpu_limit)):
            if not hasattr(value, "amount"):
                raise refuse(argument, "a Cpu", value)
        instance("memory", memory, Size)
        instance("memory_limit", memory_limit, Size)
        self.cpu = Cpu(cpu.amount)
        self.memory = mebibytes(memory)
        self.cpu_limit = Cpu(cpu_limit.amount)
        self.memory_limit = mebibytes(memory_limit)
        if self.memory < 1:
            raise refuse("memory", "at least 1Mi", notation(memory))
        if self.cpu_limit.in_millis < self.cpu.in_millis:
            raise refuse("cpu_limit", f"at least the request of {self.cpu.amount}", self.cpu_limit.amount)
        if self.memory_limit < self.memory:
            raise refuse("memory_limit", f"at least the request of {notation(memory)}", notation(memory_limit))

    @classmethod
    def small(cls) -> Resources:
        """For init containers and jobs that run a short script: 10m to 250m CPU, 32Mi to 64Mi memory."""
        return cls(
            cpu=Cpu.millis(10), memory=Size.mebibytes(32), cpu_limit=Cpu.millis(250), memory_limit=Size.mebibytes(64)
        )

    def manifest(self) -> dict[str, dict[str, str]]:
        """As it stands in a container."""
        return {
            "requests": {"cpu": self.cpu.amount, "memory": _binary(self.memory)},
            "limits": {"cpu": self.cpu_limit.amount, "memory": _binary(self.memory_limit)},
        }


def _binary(mebi: int) -> str:
    return f"{mebi // 1024}Gi" if mebi % 1024 == 0 else f"{mebi}Mi"
