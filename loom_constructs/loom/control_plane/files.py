"""The files and scripts of the control plane."""

from __future__ import annotations

from ..ports import API, GRPC


def configuration(*, database: str, temporal_namespace: str, max_concurrent: int) -> str:
    """`/app/config.yaml`. Loom puts variables in before it reads it; any other `$` would be eaten.

    The data source name has `binary_parameters=yes`: without it lib/pq sends each query in two round trips, and behind
    a pooler that pools by transaction the second one reaches another connection, and its answer another query. The
    password is not in it: lib/pq takes that from `PGPASSWORD`, where no character needs quoting.
    """
    return f"""\
server:
  http_port: {API}
  grpc_port: {GRPC}
database:
  type: postgres
  dsn: >-
    host=${{POSTGRES_HOST}} port=${{POSTGRES_PORT}} dbname={database} user=${{POSTGRES_USER}}
    sslmode=${{POSTGRES_SSLMODE}} binary_parameters=yes connect_timeout=5
temporal:
  host: "${{TEMPORAL_HOST}}"
  namespace: {temporal_namespace}
  task_queue: loom-tasks
  workflow_execution_timeout: 24h
  workflow_task_timeout: 10s
agents:
  max_concurrent: {max_concurrent}
  default_persona_path: ./personas
  heartbeat_interval: 30s
  file_lock_timeout: 10m
readiness:
  mode: block
dispatch:
  max_hops: 20
git:
  project_key_dir: /app/data/projects
web_ui:
  enabled: true
  static_path: ./web/static
  refresh_interval: 5
"""


HOME = """\
set -eu
# an empty volume hides what the image has in its home: git's identity, ssh's known hosts
cp -Rf /home/loom/. /mnt/home/
"""

TAKE_TURNS = """\
trap 'exit 143' TERM
ask() { PGCONNECT_TIMEOUT=5 timeout 20 psql -XAtqc "$1" 2>/dev/null; }
tables() { ask "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"; }
ask 'CREATE SCHEMA IF NOT EXISTS loom_constructs'
ask 'CREATE TABLE IF NOT EXISTS loom_constructs.first_start
     (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), pod text NOT NULL, since timestamptz NOT NULL)'
while :; do
  before=$(tables)
  if [ "${before:-0}" -gt 0 ]; then
    # another pod made them; all of them, once there are no more after a while
    sleep 5
    [ "$(tables)" = "$before" ] && { echo "the database has its tables"; exit 0; }
  fi
  # who does not make tables within three minutes loses the turn
  first=$(ask "INSERT INTO loom_constructs.first_start AS f (pod, since) VALUES ('$POD_NAME', now())
               ON CONFLICT (only_one) DO UPDATE SET pod = EXCLUDED.pod, since = now()
               WHERE f.pod = EXCLUDED.pod OR f.since < now() - interval '3 minutes' RETURNING pod")
  [ "$first" = "$POD_NAME" ] && { echo "this pod goes first"; exit 0; }
  echo "another pod goes first"
  sleep 2
done
"""
