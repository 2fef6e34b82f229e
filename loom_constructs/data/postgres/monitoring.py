"""The role that monitors an embedded PostgreSQL server."""

from __future__ import annotations

ROLE = "loom_monitor"
"""What it is called where that must be known before its Secret can be read (CloudNativePG)."""

CONNECTIONS = 3
"""What it may hold: that many are reserved."""


def prepare(names: tuple[str, ...]) -> str:
    """The end of the preparation: a role that sees how the server is, and no data."""
    owners = "\n".join(f'other {name} "${name}_username"' for name in names)
    return f"""\
other() {{
  if [ "$MONITOR_USERNAME" = "$2" ] || [ "$MONITOR_USERNAME" = postgres ]; then
    echo "the login that monitors must not be that of database $1, or postgres" >&2
    exit 1
  fi
}}
{owners}
DATABASE={names[0]} psql --username=postgres --dbname=postgres --no-psqlrc --quiet --tuples-only \\
  --set=ON_ERROR_STOP=1 <<'SQL'
\\set database `printf %s "$DATABASE"`
\\set username `printf %s "$MONITOR_USERNAME"`
\\set password `printf %s "$MONITOR_PASSWORD"`
SET log_min_error_statement = panic;
SELECT format('CREATE ROLE %I', :'username')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'username') \\gexec
ALTER ROLE :"username" LOGIN NOSUPERUSER CONNECTION LIMIT {CONNECTIONS} PASSWORD :'password';
GRANT pg_monitor TO :"username";
GRANT CONNECT ON DATABASE :"database" TO :"username";
SQL
echo "the login that monitors is there"
"""
