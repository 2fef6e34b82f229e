"""The files and scripts of PgBouncer: its configuration, how it starts, notices changes, and stops."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from ..kubernetes import LET_GO_SECONDS

CONFIG = "/etc/pgbouncer"
LOGIN = "/etc/pgbouncer-login"
USERS = "/run/pgbouncer"

AT_START = ("listen_addr", "listen_port", "unix_socket_dir", "pool_mode")
"""What a reload does not change (`SHOW CONFIG` says so), and the pooling: a client that keeps state in its session
would lose it without a word."""

TRANSACTION_SECONDS = 45
"""What a running transaction has to end."""

READY_SECONDS = LET_GO_SECONDS + 5
"""A new pod is known to all nodes, and the pod that ended before it is gone, before another one ends."""

GRACE = LET_GO_SECONDS + TRANSACTION_SECONDS + 5

Settings = Mapping[str, str | int]


def settings(
    *,
    port: int,
    pool_mode: str,
    pool_size: int,
    max_client_conn: int,
    max_prepared_statements: int | None,
    server_tls: Settings,
) -> Settings:
    """What differs from PgBouncer's defaults."""
    made: dict[str, str | int] = {
        "listen_addr": "*",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": f"{USERS}/userlist.txt",
        "pool_mode": pool_mode,
        "default_pool_size": pool_size,
        # a pool is for one user: while a rotation has two, both together get what one has, idle ones make room
        "max_db_connections": pool_size,
        "max_client_conn": max_client_conn,
        # lib/pq and JDBC send these at start, and would be turned away
        "ignore_startup_parameters": "extra_float_digits,options",
        # A database pod that comes back has another address: look it up soon, and log in again soon.
        # server_connect_timeout stays at its 15 s: with 3 s, clients waited as long.
        "dns_max_ttl": 5,
        "dns_nxdomain_ttl": 1,
        "server_login_retry": 1,
    }
    if max_prepared_statements is not None:
        made["max_prepared_statements"] = max_prepared_statements
    return {**made, **server_tls}


def configuration(settings: Settings, database: str, address: str) -> str:
    """`pgbouncer.ini`."""
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    return f"[databases]\n{database} = {address} dbname={database}\n\n[pgbouncer]\n{lines}"


def checksum_of_start(settings: Settings) -> str:
    """Changes with what only a new pod takes over."""
    text = json.dumps({key: settings[key] for key in AT_START})
    return hashlib.sha256(text.encode()).hexdigest()[:16]


START = f"""\
set -eu
umask 077
config={CONFIG}/pgbouncer.ini
login={LOGIN}
list={USERS}/userlist.txt
state() {{ cat "$config" "$login"/* | sha256sum; }}
quoted() {{ printf '"%s"' "$(printf %s "$1" | sed 's/"/""/g')"; }}
write_users() {{
  read=$(sha256sum "$login"/*)
  user=${{USERNAME:-$(cat "$login/username")}}
  password=$(cat "$login/password")
  if [ -z "$user" ] || [ -z "$password" ]; then
    echo "the login must have a username and a password" >&2
    return 1
  fi
  echo "$(quoted "$user") $(quoted "$password")" >"$list.new"
  # the login before this one, while clients have either
  if [ -s "$login/previous-username" ] && [ -s "$login/previous-password" ]; then
    previous=$(cat "$login/previous-username")
    [ "$previous" = "$user" ] ||
      echo "$(quoted "$previous") $(quoted "$(cat "$login/previous-password")")" >>"$list.new"
  fi
  # the kubelet replaces all files at once, but not while they are read: half of a change would turn somebody away
  [ "$read" = "$(sha256sum "$login"/*)" ] || return 1
  # renamed: whoever reads it finds the old list or the new one, never half of one
  mv "$list.new" "$list"
}}
# this shell, whose place PgBouncer takes below (Kubernetes would turn two dollar signs into one)
pgbouncer=$(exec sh -c 'echo "$PPID"')
watch() {{
  while sleep 2 && kill -0 "$pgbouncer" 2>/dev/null; do
    now=$(state) || continue
    [ "$now" != "$seen" ] || continue
    seen=$now
    if ! grep -q '^\\[pgbouncer\\]' "$config" || ! write_users; then
      echo "what has changed is not complete; going on as before" >&2
      continue
    fi
    echo "configuration or login has changed: reloading"
    kill -HUP "$pgbouncer"
    # whoever changes a login reads here that it has been taken over
    printf %s "$read" >{USERS}/applied
  done
}}
seen=$(state)
write_users || {{ sleep 1; write_users; }}
printf %s "$read" >{USERS}/applied
watch &
exec pgbouncer "$config"
"""

STOP = f"""\
# out of the Service first; then SIGINT lets transactions end and stops the program
sleep {LET_GO_SECONDS}
kill -INT 1
sleep {TRANSACTION_SECONDS}
"""
