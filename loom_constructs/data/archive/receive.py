"""The program that receives the log of a server, all the time."""

from __future__ import annotations

from ..postgres.replication import SLOT

BEAT_SECONDS = 5
"""How often the receiver asks whether it has everything: the archive's own clock."""

STALLED_SECONDS = 60
"""After this without progress, while the server answers, the connection is made anew."""

RECEIVE = f"""\
#!/bin/sh
. "$SCRIPTS/wal.sh"
receiver=''
trap '[ -z "$receiver" ] || kill -INT "$receiver" 2>/dev/null; wait; exit 143' TERM INT
mkdir -p "$ARCHIVE/wal" "$ARCHIVE/base"

# a stretch of its own: for another server, another timeline, or after a gap
begin() {{
  folder=$ARCHIVE/wal/$(date -u +%Y%m%dT%H%M%SZ)-$(printf '%08X' "$timeline")
  mkdir -p "$folder"
  echo "$system" >"$folder/system"
  echo "$timeline" >"$folder/timeline"
  date +%s >"$folder/since"
  sync
  echo "a new stretch begins: $folder ($1)"
}}

newest() {{
  for one in "$ARCHIVE"/wal/*Z-*; do
    [ ! -f "$one/since" ] || echo "$one"
  done | sort | tail -n 1
}}

sql() {{
  psql --no-psqlrc --tuples-only --no-align --field-separator=' ' --set=ON_ERROR_STOP=1 --command="$1"
}}

gap=''
while :; do
  date +%s >"$SCRATCH/beat"
  # its own words for who it is: the number of the data directory, the timeline, the position
  if ! said=$(psql --dbname="dbname=postgres replication=true" --no-psqlrc --tuples-only --no-align \\
    --field-separator=' ' --command=IDENTIFY_SYSTEM); then
    sleep 2
    continue
  fi
  system=${{said%% *}} rest=${{said#* }}
  timeline=${{rest%% *}}
  stretch=$(newest)
  if [ -z "$stretch" ] || [ "$(cat "$stretch/system")" != "$system" ]; then
    begin "server $system"
  elif [ "$(cat "$stretch/timeline")" != "$timeline" ]; then
    begin "timeline $timeline"
  else
    # the server throws away what has waited for too long (max_slot_wal_keep_size)
    [ "$(sql "SELECT wal_status FROM pg_replication_slots WHERE slot_name = '{SLOT}'")" != lost ] || gap=lost
    if [ -n "$gap" ]; then
      pg_receivewal --no-password --slot={SLOT} --drop-slot || true
      begin "a gap: the server had thrown away what was not received yet; MAKE A BASE BACKUP"
      gap=''
    fi
  fi
  stretch=$(newest)
  pg_receivewal --no-password --slot={SLOT} --create-slot --if-not-exists || {{ sleep 2; continue; }}

  # Each piece is on the disk before it is reported (--synchronous), so what the server may forget is never lost. A file
  # gets its name when it is complete. Not compressed: then what has come of an incomplete file can be replayed.
  pg_receivewal --no-password --slot={SLOT} --directory="$stretch" --no-loop --synchronous --status-interval=5 \\
    2>"$SCRATCH/said" &
  receiver=$!
  moment='' at='' progress=$(date +%s)
  while kill -0 "$receiver" 2>/dev/null; do
    now=$(date +%s)
    echo "$now" >"$SCRATCH/beat"
    if [ -n "$at" ]; then
      # a slot's position is what its receiver has reported to be on the disk
      if has=$(sql "SELECT restart_lsn >= '$at' FROM pg_replication_slots WHERE slot_name = '{SLOT}'"); then
        if [ "$has" = t ]; then
          echo "$moment $at" >"$stretch/.reached"
          mv "$stretch/.reached" "$stretch/reached"
          at='' progress=$now
        elif [ "$((now - progress))" -gt {STALLED_SECONDS} ]; then
          echo "no progress for {STALLED_SECONDS} s; the connection is made anew" >&2
          kill -INT "$receiver" 2>/dev/null || true
        fi
      fi
    fi
    # A transaction, so that there is one at this moment: a restore stops where it sees one that is later than it wants.
    # Its number is used up; there are two thousand million of them, and this takes six million in a year.
    if [ -z "$at" ] && asked=$(sql "SELECT extract(epoch FROM now())::bigint WHERE txid_current() > 0"); then
      moment=$asked
      at=$(sql "SELECT pg_current_wal_insert_lsn()") || at=''
    fi
    sleep {BEAT_SECONDS} &
    wait $! || true
  done
  wait "$receiver" || true
  receiver=''
  cat "$SCRATCH/said" >&2
  ! grep -q 'has already been removed' "$SCRATCH/said" || gap=removed
  sleep 1
done
"""
