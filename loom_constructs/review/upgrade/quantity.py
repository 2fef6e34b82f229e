"""Amounts as Kubernetes writes them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_FACTORS = {"m": Decimal("0.001"), "": Decimal(1), "k": Decimal(1000)}
_FACTORS |= {letter: Decimal(1000) ** n for n, letter in enumerate("MGTPE", 2)}
_FACTORS |= {f"{letter}i": Decimal(1024) ** n for n, letter in enumerate("KMGTPE", 1)}


def quantity(value: Any) -> Decimal | None:
    """The number that `10Gi`, `500m` or 2 means; None for anything else."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)", str(value))
    if found is None or found[2] not in _FACTORS:
        return None
    return Decimal(found[1]) * _FACTORS[found[2]]


def smaller(new: Any, old: Any) -> bool:
    """Whether it is known to be less."""
    amounts = quantity(new), quantity(old)
    return amounts[0] is not None and amounts[1] is not None and amounts[0] < amounts[1]
