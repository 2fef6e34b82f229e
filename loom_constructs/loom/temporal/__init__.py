"""Temporal: servers, schema, namespace, web UI."""

from .temporal import Temporal, TemporalLayout

__all__ = ["Temporal", "TemporalLayout"]
