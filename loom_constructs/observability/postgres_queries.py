"""What the exporter asks PostgreSQL beside its own questions. The names of these metrics are ours."""

from __future__ import annotations

import json

GAUGE, LABEL = "GAUGE", "LABEL"

_VERDICTS = """
SELECT kind,
       extract(epoch FROM coalesce(max(at) FILTER (WHERE good), 'epoch'))::float8 AS last_success_timestamp_seconds,
       extract(epoch FROM max(at))::float8 AS last_timestamp_seconds,
       (array_agg(good::int ORDER BY at DESC))[1]::float8 AS good,
       (array_agg(seconds ORDER BY at DESC) FILTER (WHERE good))[1]::float8 AS seconds,
       (array_agg(bytes ORDER BY at DESC) FILTER (WHERE good))[1]::float8 AS bytes,
       (array_agg(bytes ORDER BY at DESC) FILTER (WHERE good))[2]::float8 AS bytes_before,
       (array_agg((to_jsonb(v) ->> 'rows')::float8 ORDER BY at DESC) FILTER (WHERE good))[1] AS rows,
       (array_agg((to_jsonb(v) ->> 'rows')::float8 ORDER BY at DESC) FILTER (WHERE good))[2] AS rows_before
  FROM loom_constructs.verdicts v GROUP BY kind
"""
"""A kind that never succeeded has its success in 1970: an alert on the age fires, and no number would be silent."""

_IF_READABLE = """
SELECT n.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'loom_constructs' AND c.relname = 'verdicts'
   AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
"""

_COLUMNS = {
    "last_success_timestamp_seconds": "When the newest good one ended; 0 if there is none",
    "last_timestamp_seconds": "When the newest one ended, good or not",
    "good": "Whether the newest one was good",
    "seconds": "How long the newest good one took",
    "bytes": "How large the newest good one is",
    "bytes_before": "How large the good one before it was",
    "rows": "How many rows the newest good one has, where that is recorded",
    "rows_before": "How many rows the good one before it had",
}


def _verdicts() -> str:
    """The verdicts as a statement that is good before there are any: until then it has no rows, and no error.

    A statement that names a missing table fails before it runs, so the name stands in a text that is only run if the
    table is there: `query_to_xml` is PostgreSQL's own function for that.
    """
    empty = "SELECT 1 WHERE false"
    columns = ", ".join(f"{name} float8" for name in _COLUMNS)
    return (
        f"SELECT x.* FROM query_to_xml(CASE WHEN EXISTS ({_IF_READABLE}) THEN {_quoted(_VERDICTS)} "
        f"ELSE {_quoted(empty)} END, false, false, '') AS answer, "
        f"XMLTABLE('/table/row' PASSING answer COLUMNS kind text, {columns}) AS x"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _metrics(**described: str) -> list[dict[str, dict[str, str]]]:
    return [{name: {"usage": GAUGE, "description": text}} for name, text in described.items()]


def _label(name: str, text: str) -> dict[str, dict[str, str]]:
    return {name: {"usage": LABEL, "description": text}}


def queries() -> str:
    """The exporter's file of queries. It is YAML; JSON is YAML too, and the same in every version of a library."""
    asked = {
        "loom_verdict": {
            "query": " ".join(_verdicts().split()),
            "metrics": [_label("kind", "What was judged: backup, drill"), *_metrics(**_COLUMNS)],
        },
        "loom_postgres": {
            "query": "SELECT count(*)::float8 AS connections, current_setting('max_connections')::float8 "
            "AS connections_limit FROM pg_stat_activity WHERE backend_type = 'client backend'",
            "metrics": _metrics(
                connections="Connections of clients", connections_limit="How many the server takes (max_connections)"
            ),
        },
        "loom_postgres_slot": {
            "query": "SELECT slot_name, active::int::float8 AS active, "
            "coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::float8 AS retained_bytes "
            "FROM pg_replication_slots WHERE NOT pg_is_in_recovery()",
            "metrics": [
                _label("slot_name", "The replication slot"),
                *_metrics(
                    active="Whether somebody reads from it", retained_bytes="How much log is kept on the disk for it"
                ),
            ],
        },
    }
    return json.dumps(asked, indent=1) + "\n"
