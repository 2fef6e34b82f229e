"""A construct is there as a whole, or not at all."""

from __future__ import annotations

import functools
from typing import Any, TypeVar

from constructs import Construct

C = TypeVar("C", bound=type[Construct])


def whole(cls: C) -> C:
    """Takes a construct whose constructor fails out of the tree again.

    Arguments are checked before anything is made, but what is made inside checks its own arguments too. Without this, a
    program that catches the error would render half a construct.
    """
    original: Any = cls.__init__

    @functools.wraps(original)
    def __init__(self: Any, scope: Construct, id: str, *args: Any, **kwargs: Any) -> None:
        try:
            original(self, scope, id, *args, **kwargs)
        except Exception:
            if hasattr(self, "__jsii_ref__"):  # it is in the tree: the name was free, and is its own
                scope.node.try_remove_child(id)
            raise

    setattr(cls, "__init__", __init__)  # noqa: B010
    return cls
