"""The files of an embedded PostgreSQL server: its configuration, who may log in, and what happens before each start."""

from __future__ import annotations

from . import replication
from .logins import APPLIED

HBA = """\
# TYPE  DATABASE  USER      ADDRESS  METHOD
# The socket lies in a volume of the pod: who is there is inside the pod already.
local   all       all                trust
host    all       postgres  all      reject
host    all       all       all      scram-sha-256
"""


def configuration(
    *, memory: int, storage: int, max_connections: int, data_directory: str, replicated: bool = False
) -> str:
    """`postgresql.conf` for a memory limit and a volume in MiB.

    A quarter of the memory is the shared cache and three quarters are what the planner counts on (PostgreSQL's own
    advice, "Resource Consumption"); the rest is shared by sorts, three at a time for each connection.
    """
    settings: dict[str, object] = {
        "data_directory": f"'{data_directory}'",
        "hba_file": "'/etc/postgresql/pg_hba.conf'",
        "listen_addresses": "'*'",
        "unix_socket_directories": "'/var/run/postgresql'",
        "password_encryption": "scram-sha-256",
        # at most an eighth of the volume, so that a burst of writes does not fill it
        **tuning(memory=memory, wal=storage // 8, max_connections=max_connections),
        "log_line_prefix": "'%m [%p] %q%u@%d '",
        "log_timezone": "'UTC'",
        "timezone": "'UTC'",
    }
    if replicated:
        settings |= replication.settings(storage)
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def tuning(*, memory: int, wal: int, max_connections: int) -> dict[str, str]:
    """What follows from a memory limit and from the room that the log of changes may take, in MiB."""
    shared = memory // 4
    return {
        "max_connections": str(max_connections),
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{memory * 3 // 4}MB",
        "maintenance_work_mem": f"{min(memory // 16, 1024)}MB",
        "work_mem": f"{max(4, (memory - shared) // (3 * max_connections))}MB",
        "max_wal_size": f"{min(4096, max(256, wal))}MB",
        "min_wal_size": "80MB",
        "wal_compression": "on",
        "checkpoint_completion_target": "0.9",
        # network and solid-state disks: a random page costs hardly more than the next one
        "random_page_cost": "1.1",
        "effective_io_concurrency": "200",
        "log_checkpoints": "on",
        "log_lock_waits": "on",
    }


def prepare_script(config: str, *, replicated: bool = False) -> str:
    """What runs before each start: a data directory if there is none, then the logins (`logins.sh`)."""
    finish = replication.FINISH_RESTORE if replicated else ""
    return f"""\
#!/bin/sh
# Runs before the server, in its image and on its volume. Whatever it makes is made completely or not at all.
set -eu
trap 'exit 143' TERM
{finish}if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -d "$PGDATA" ] && [ -n "$(ls -A "$PGDATA")" ]; then
    echo "$PGDATA is not empty and no data directory of PostgreSQL: it is left alone" >&2
    exit 1
  fi
  rm -rf "$PGDATA.new"
  # C.UTF-8 sorts the same in every image, so indexes survive a change of the image
  initdb --pgdata="$PGDATA.new" --username=postgres --encoding=UTF8 --locale=C.UTF-8 --data-checksums \\
    --auth-local=trust --auth-host=scram-sha-256
  rmdir "$PGDATA" 2>/dev/null || true
  mv "$PGDATA.new" "$PGDATA"
  sync
fi
chmod 700 "$PGDATA"

# Only on the socket. Recovery of a killed server happens here, and may take as long as it takes.
pg_ctl start --pgdata="$PGDATA" --wait --timeout=86400 --silent \\
  --options="-c config_file={config}/postgresql.conf -c listen_addresses=''"
trap 'pg_ctl stop --pgdata="$PGDATA" --mode=fast --wait --silent' EXIT

sh {config}/logins.sh
: >{APPLIED}
"""
