"""Text inside HTML."""

from __future__ import annotations

from html import escape


def text(value: object) -> str:
    """A value as text of a page, or as an attribute's value in quotes."""
    return escape(str(value), quote=True)
