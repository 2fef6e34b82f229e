"""The Job that replays the archive for a trial."""

from __future__ import annotations


def drill_script(max_age_minutes: int) -> str:
    """Replays all that is there from the newest base backup on, in a server that is thrown away."""
    return f"""\
#!/bin/sh
. "$SCRIPTS/wal.sh"
fail() {{
  echo "$1" >&2
  verdict archive-drill false "$1"
  exit 1
}}
base=$(bases | head -n 1)
[ -n "$base" ] || fail "there is no base backup"
backup=${{base##*/}}
system=$(cat "$base/system")
stretch=$(stretches "$system" | sort | tail -n 1)
[ -n "$stretch" ] && [ -f "$stretch/reached" ] || fail "nothing was received of the server of base backup $backup"
read -r moment reached <"$stretch/reached"
timeline=$(cat "$stretch/timeline")
age=$((($(date +%s) - moment) / 60))
[ "$age" -le {max_age_minutes} ] ||
  fail "the archive ends $age minutes ago, more than {max_age_minutes}; does the receiver run?"
[ "$(cat "$base/timeline")" = "$timeline" ] ||
  fail "base backup $backup is of timeline $(cat "$base/timeline"), the server is on $timeline; make a base backup"
pg_verifybackup --no-parse-wal --quiet "$base/data" >"$SCRATCH/errors" 2>&1 ||
  fail "base backup $backup is damaged: $(head -n 1 "$SCRATCH/errors")"
gone=$(missing "$system" "$(cat "$base/start")" "$timeline" "$reached" "$timeline")
[ -z "$gone" ] || fail "file $gone of the log is not in the archive"
bytes=$(du -sk "$base" | cut -f1)000

rm -rf "$SCRATCH/pgdata"
cp -R "$base/data" "$SCRATCH/pgdata"
chmod 700 "$SCRATCH/pgdata"
trap 'pg_ctl stop --pgdata="$SCRATCH/pgdata" --mode=immediate --silent || true' EXIT
# nothing of it is kept, so nothing needs to reach the disk
replay "$SCRATCH/pgdata" "$system" "$timeline" <<'CONF' ||
fsync = off
full_page_writes = off
CONF
  fail "base backup $backup cannot be replayed: $(tail -n 1 "$SCRATCH/log")"
came=$(ask postgres "SELECT pg_last_wal_replay_lsn()")
[ "$(position "${{came:-0/0}}")" -ge "$(position "$reached")" ] ||
  fail "the log was replayed to ${{came:-nothing}} only, not to $reached: a file of it is damaged"
# reads every row of every table: a damaged page is an error
for database in $DATABASES; do
  psql --host="$SCRATCH" --username=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname="$database" \\
    --file="$SCRIPTS/counts.sql" >"$SCRATCH/counts" 2>"$SCRATCH/errors" ||
    fail "database $database of base backup $backup cannot be read: $(tail -n 1 "$SCRATCH/errors")"
  rows=$((rows + $(cut -d '|' -f 2 "$SCRATCH/counts" | paste -s -d + - | sed 's/^$/0/' | sed 's/.*/(&)/')))
done
verdict archive-drill true "$DATABASES"
echo "base backup $backup and the log until $(date -u -d "@$moment" +%FT%TZ) ($came) can be replayed: $rows rows"
"""
