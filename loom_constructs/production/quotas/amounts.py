"""Amounts in Kubernetes' notation, as whole numbers: of processor time thousandths of a core, of all else units."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal

from ...kubernetes.checks import refuse

_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]([+-]?[0-9]+)|([KMGTPE]i|[numkMGTPE])?)")


def counted(resource: str, text: object) -> int:
    """An amount, rounded up, as a quota counts it.

    Args:
        resource: What it is of, such as `cpu` or `requests.memory`.

    Raises:
        ValueError: It is no amount.
    """
    found = _QUANTITY.fullmatch(str(text))
    if not found:
        raise refuse(resource, "an amount such as 250m, 2 or 4Gi", text)
    number, power, unit = Decimal(found[1]), found[2], found[3] or ""
    if power:
        number = number.scaleb(int(power))
    elif unit in _BINARY:
        number *= 1 << _BINARY[unit]
    else:
        number = number.scaleb(_DECIMAL[unit])
    return math.ceil(number * 1000 if _is_cpu(resource) else number)


def written(resource: str, amount: int) -> str:
    """The same in Kubernetes' notation, in the largest unit that is exact."""
    if _is_cpu(resource):
        return f"{amount}m" if amount % 1000 else str(amount // 1000)
    if _is_size(resource):
        for unit, power in reversed(_BINARY.items()):
            if amount and amount % (1 << power) == 0:
                return f"{amount >> power}{unit}"
    return str(amount)


def grown(resource: str, amount: int, percent: int) -> int:
    """An amount and so many percent of it, rounded up to what people read: 10m, 1Mi, 1Gi of storage, one of a count."""
    step = 10 if _is_cpu(resource) else (1 << (30 if "storage" in resource else 20)) if _is_size(resource) else 1
    more = -(-amount * (100 + percent) // 100)
    return -(-more // step) * step


def listed(amounts: Mapping[str, int]) -> dict[str, str]:
    """Amounts by resource, as they stand in an object."""
    return {name: written(name, amount) for name, amount in amounts.items()}


def _is_cpu(resource: str) -> bool:
    return resource.rpartition(".")[2] == "cpu"


def _is_size(resource: str) -> bool:
    return resource.rpartition(".")[2].rpartition("/")[2] in ("memory", "storage", "ephemeral-storage")
