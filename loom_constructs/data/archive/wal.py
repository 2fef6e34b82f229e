"""What the scripts of an archive share: where its files lie, and how PostgreSQL names its log.

    wal/<UTC>-<timeline>/   a stretch: what was received of one server (`system`) on one timeline, without a gap;
                            `since` when, and `reached`: until which moment and position it is complete
    base/<UTC>/             a base backup (`data`); of which `system` and `timeline`, from `start` to `stop` in the log,
                            and when it was `taken`

A restored server goes on with a new timeline, a new data directory is another system: neither ever writes into what was
there before, so whoever restored to the wrong moment can still go back to any other one.
"""

from __future__ import annotations

ARCHIVE = "/var/archive"
SCRIPTS = "/etc/postgresql-archive"
SCRATCH = "/tmp/scratch"

WAL = """\
set -eu
umask 077
trap 'exit 143' TERM
began=$(date +%s)
backup=none
bytes=0
rows=0

# a position such as 0/2000028, as a number
position() {
  echo "$((0x${1%/*} * 4294967296 + 0x${1#*/}))"
}

# the number of the segment that a position lies in; a segment has 16 MiB
segment() {
  echo "$(($(position "$1") >> 24))"
}

# the name of a file of the log: of a timeline (decimal) and the number of a segment
named() {
  printf '%08X%08X%08X' "$1" "$(($2 / 256))" "$(($2 % 256))"
}

# the stretches of a server, oldest first
stretches() {
  for folder in "$ARCHIVE"/wal/*Z-*; do
    [ -f "$folder/since" ] && [ "$(cat "$folder/system")" = "$1" ] && echo "$folder"
  done
  return 0
}

# where a file of the log of server $1 lies: whole, or as far as it has come
found() {
  whole='' part=''
  for folder in $(stretches "$1"); do
    [ ! -f "$folder/$2" ] || whole=$folder/$2
    [ ! -f "$folder/$2.partial" ] || part=$folder/$2.partial
  done
  echo "${whole:-$part}"
}

# what the timelines before $2 of server $1 were, and where each of them was left: `1 0/5000028`
ancestors() {
  [ "$2" -gt 1 ] || return 0
  history=$(found "$1" "$(printf '%08X' "$2").history")
  [ -z "$history" ] || grep -E '^[0-9]' "$history" | while read -r line at why; do echo "$line $at"; done
}

# the first file of the log that is missing of server $1, from position $2 of timeline $3 to position $4 of timeline $5
missing() {
  next=$(segment "$2")
  {
    ancestors "$1" "$5" | while read -r line at; do
      [ "$line" -lt "$3" ] || echo "$line $(($(segment "$at") - 1))"
    done
    echo "$5 $(segment "$4")"
  } | while read -r line last; do
    while [ "$next" -le "$last" ]; do
      file=$(named "$line" "$next")
      if [ -z "$(found "$1" "$file")" ]; then
        echo "$file"
        exit 0
      fi
      next=$((next + 1))
    done
  done
}

# base backups, newest first
bases() {
  for folder in "$ARCHIVE"/base/[0-9]*Z; do
    [ ! -f "$folder/taken" ] || echo "$folder"
  done | sort -r
}

# a data directory, and how a server on it replays the log: $1 its folder, $2 the server, $3 the timeline; further
# settings come from the standard input. It is no standby: it starts to answer when it has come to the end.
replay() {
  touch "$1/recovery.signal"
  echo 'local all all trust' >"$SCRATCH/hba"
  cat >"$SCRATCH/replay.conf" <<CONF
data_directory = '$1'
hba_file = '$SCRATCH/hba'
ident_file = '$SCRATCH/hba'
listen_addresses = ''
unix_socket_directories = '$SCRATCH'
hot_standby = off
max_wal_size = 1GB
restore_command = 'sh $SCRIPTS/fetch.sh "%f" "%p"'
recovery_target_timeline = '$3'
recovery_target_action = promote
timezone = 'UTC'
log_timezone = 'UTC'
CONF
  cat >>"$SCRATCH/replay.conf"
  FROM_SYSTEM=$2 pg_ctl start --pgdata="$1" --wait --timeout=86400 --silent --log="$SCRATCH/log" \\
    --options="-c config_file=$SCRATCH/replay.conf" || return 1
  # to pg_ctl a server that replays is as good as started
  until pg_isready --quiet --host="$SCRATCH"; do
    pg_ctl status --pgdata="$1" >/dev/null || return 1
    sleep 1
  done
}

ask() {
  psql --host="$SCRATCH" --username=postgres --no-psqlrc --tuples-only --no-align --set=ON_ERROR_STOP=1 \\
    --dbname="$1" --command="$2"
}

# says in each database how it went, where the exporter of metrics reads it
verdict() {
  for database in $DATABASES; do
    (
      eval "PGUSER=\\$${database}_username PGPASSWORD=\\$${database}_password"
      export PGUSER PGPASSWORD PGDATABASE="$database"
      psql --no-psqlrc --quiet --set=kind="$1" --set=good="$2" --set=detail="$3" --set=backup="$backup" \\
        --set=bytes="$bytes" --set=rows="$rows" --set=seconds="$(($(date +%s) - began))" \\
        --file="$SCRIPTS/verdict.sql"
    ) || echo "database $database did not take the verdict" >&2
  done
}
"""

FETCH = """\
#!/bin/sh
# PostgreSQL's restore_command: file $1 of the log to $2. What is not there is the end of the log.
. "$SCRIPTS/wal.sh"
from=$(found "$FROM_SYSTEM" "$1")
[ -n "$from" ] || exit 1
cp "$from" "$2"
"""
