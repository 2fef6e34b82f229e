"""The Job that makes base backups."""

from __future__ import annotations


def base_script(keep: int) -> str:
    """A copy of all files of the server, checked; and what is too old goes."""
    return f"""\
#!/bin/sh
. "$SCRIPTS/wal.sh"
fail() {{
  echo "$1" >&2
  verdict base false "$1"
  exit 1
}}
mkdir -p "$ARCHIVE/base"
cd "$ARCHIVE/base"
# left over from a Job that was killed; another one does not run at the same time
rm -rf .partial-*
backup=$(date -u +%Y%m%dT%H%M%SZ)
partial=$ARCHIVE/base/.partial-$backup
mkdir "$partial"
system=$(psql --dbname="dbname=postgres replication=true" --no-psqlrc --tuples-only --no-align --field-separator=' ' \\
  --command=IDENTIFY_SYSTEM | cut -d ' ' -f 1)
[ -n "$system" ] || fail "the server does not say who it is"
# Without the log that was written meanwhile: it is in the archive, once, and the drill proves that both fit together.
# (It says so itself, as a notice.)
PGOPTIONS='-c client_min_messages=warning' pg_basebackup --no-password --pgdata="$partial/data" \\
  --wal-method=none --checkpoint=fast --manifest-checksums=SHA256 --label="$backup" || fail "pg_basebackup failed"
date +%s >"$partial/taken"
pg_verifybackup --no-parse-wal --quiet "$partial/data" || fail "what was copied is not what the server sent"
# the one line of the manifest that says which part of the log belongs to it
range=$(tr -d ' \\n\\t' <"$partial/data/backup_manifest" | sed -n 's/.*"WAL-Ranges":\\[\\({{[^}}]*}}\\)\\].*/\\1/p')
echo "$range" | sed 's/.*"Timeline":\\([0-9]*\\).*/\\1/' >"$partial/timeline"
echo "$range" | sed 's/.*"Start-LSN":"\\([^"]*\\)".*/\\1/' >"$partial/start"
echo "$range" | sed 's/.*"End-LSN":"\\([^"]*\\)".*/\\1/' >"$partial/stop"
echo "$system" >"$partial/system"
timeline=$(cat "$partial/timeline")
start=$(cat "$partial/start")
stop=$(cat "$partial/stop")
[ -n "$range" ] && [ -n "$stop" ] || fail "the manifest does not say which part of the log belongs to the backup"

# it is worth something once the log up to its end is in the archive
received() {{
  newest=$(stretches "$system" | sort | tail -n 1)
  [ -n "$newest" ] && [ -f "$newest/reached" ] || return 1
  reached=$(cut -d ' ' -f 2 "$newest/reached")
  [ "$(position "$reached")" -ge "$(position "$stop")" ]
}}
end=$(($(date +%s) + 300))
until received; do
  [ "$(date +%s)" -lt "$end" ] || fail "the archive has not received the log up to $stop; does the receiver run?"
  sleep 1
done
gone=$(missing "$system" "$start" "$timeline" "$stop" "$timeline")
[ -z "$gone" ] || fail "file $gone of the log is not in the archive"
bytes=$(du -sk "$partial" | cut -f1)000
sync
mv "$partial" "$ARCHIVE/base/$backup"
sync

# the newest ones stay, however old they are
old=$(bases | tail -n +{keep + 1})
for one in $old; do
  rm -rf "$one"
  echo "deleted ${{one##*/}}"
done
# With them goes, of each server, the log before the first segment that any base still needs. That is not always the
# oldest one's: who went back in time has newer ones that begin earlier in the log.
[ -z "$old" ] || for server in $(cat "$ARCHIVE"/wal/*/system | sort -u); do
  first=''
  for base in $(bases); do
    [ "$(cat "$base/system")" = "$server" ] || continue
    begins=$(segment "$(cat "$base/start")")
    [ -n "$first" ] && [ "$first" -le "$begins" ] || first=$begins
  done
  for stretch in $(stretches "$server"); do
    if [ -n "$first" ]; then
      pg_archivecleanup "$stretch" "$(named 1 "$first")"
    elif [ "$server" != "$system" ]; then
      rm -rf "$stretch"
      echo "deleted ${{stretch##*/}}: no base backup of that server is left"
    fi
  done
done
verdict base true "$DATABASES"
echo "base backup $backup is complete: $bytes bytes, from $start to $stop of timeline $timeline"
"""
