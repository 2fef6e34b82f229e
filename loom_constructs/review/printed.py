"""What commands print."""

from __future__ import annotations

import os
import sys


def show(text: str) -> None:
    """Prints a text; a reader that has seen enough, such as `head`, is no error."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Python's own last flush must not fail either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def answer(text: str, code: int) -> int:
    """Prints what a command says; returns its exit code."""
    show(text)
    return code
