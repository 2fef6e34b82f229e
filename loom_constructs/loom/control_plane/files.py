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


MIGRATE = """\
set -eu
[ -r "$CONFIG_PATH" ] || { echo "$CONFIG_PATH cannot be read" >&2; exit 1; }
[ "${#JWT_SECRET}" -ge 32 ] || { echo "jwt-secret must have at least 32 bytes, got ${#JWT_SECRET}" >&2; exit 1; }
if /app/loom -help 2>&1 | grep -q -e '-migrate'; then
  exec /app/loom -migrate
fi
echo "this release has no -migrate: it makes its tables when it starts; configuration and secrets are there"
"""

HOME = """\
set -eu
# an empty volume hides what the image has in its home: git's identity, ssh's known hosts
cp -R /home/loom/. /mnt/home/
"""
