"""The Job for emergencies: the server as it was at a moment."""

from __future__ import annotations

from ..postgres.replication import SLOT

RESTORE = f"""\
#!/bin/sh
# TARGET says to what: `latest`, a moment with its zone such as 2026-01-31T14:05:00Z, or a position in the log such as
# 0/3000060. DRY_RUN=yes: nothing is changed, and the data directory need not be there. SERVER_STOPPED=yes: there is no
# pod of the server, whatever a file says that a killed one has left.
. "$SCRIPTS/wal.sh"
fail() {{
  echo "$1" >&2
  exit 1
}}

# seconds since 1970 of a moment with its zone
epoch() {{
  two='[0-9]{{2}}'
  zone=$(echo "$1" |
    sed -nE "s/^$two$two-$two-$two[T ]$two:$two:$two(\\.[0-9]{{1,6}})?(Z|[+-]$two:?$two)\\$/\\2/p")
  [ -n "$zone" ] || return 1
  clock="$(echo "$1" | cut -c 1-10) $(echo "$1" | cut -c 12-19)"
  seconds=$(date -u -d "$clock" +%s 2>/dev/null) || return 1
  # February 30 would become March 2
  [ "$(date -u -d "@$seconds" '+%Y-%m-%d %H:%M:%S')" = "$clock" ] || return 1
  if [ "$zone" != Z ]; then
    hours=$(echo "$zone" | cut -c 2-3) minutes=$(echo "$zone" | tail -c 3)
    offset=$((${{hours#0}} * 3600 + ${{minutes#0}} * 60))
    case $zone in
    +*) seconds=$((seconds - offset)) ;;
    *) seconds=$((seconds + offset)) ;;
    esac
  fi
  echo "$seconds"
}}

said() {{
  date -u -d "@$1" +%FT%TZ
}}

# what is there, for whoever asked for something else
range() {{
  first=$(bases | tail -n 1)
  [ -n "$first" ] || {{ echo "there is no base backup"; return; }}
  echo "there is: from $(said "$(cat "$first/taken")") (position $(cat "$first/stop"))"
  for one in "$ARCHIVE"/wal/*Z-*; do
    [ ! -f "$one/reached" ] || {{
      read -r moment at <"$one/reached"
      echo "from $(said "$(cat "$one/since")") to $(said "$moment") ($at) on timeline $(cat "$one/timeline")"
    }}
  done
}}

newest=$(bases | head -n 1)
[ -n "$newest" ] || fail "there is no base backup; nothing was changed"
last=''
how=''
case ${{TARGET:-}} in
latest) until=$(date +%s) ;;
*/*)
  echo "$TARGET" | grep -qE '^[0-9A-Fa-f]{{1,8}}/[0-9A-Fa-f]{{1,8}}$' ||
    fail "TARGET must be a position in the log such as 0/3000060, got $TARGET; nothing was changed"
  until=$(date +%s)
  how="recovery_target_lsn = '$TARGET'"
  ;;
*)
  until=$(epoch "${{TARGET:-}}") || fail "TARGET must be latest, a moment with its zone (2026-01-31T14:05:00Z, \
2026-01-31T15:05:00+01:00) or a position in the log, got ${{TARGET:-nothing}}; nothing was changed"
  # while it reads its configuration, PostgreSQL knows no names of zones, not even Z
  part=$(echo "$TARGET" | sed -nE 's/^[^.]*(\\.[0-9]*).*$/\\1/p')
  how="recovery_target_time = '$(date -u -d "@$until" '+%Y-%m-%d %H:%M:%S')$part+00'"
  # the stretch of that moment: what a later restore has cut off is still there
  for one in "$ARCHIVE"/wal/*Z-*; do
    [ ! -f "$one/since" ] || [ "$(cat "$one/since")" -gt "$until" ] || last=$one
  done
  [ -n "$last" ] && [ "$(cat "$(bases | tail -n 1)/taken")" -le "$until" ] ||
    fail "TARGET must not be before the oldest base backup, got $TARGET; nothing was changed; $(range)"
  ;;
esac
if [ -z "$last" ]; then
  last=$(stretches "$(cat "$newest/system")" | tail -n 1)
  [ -n "$last" ] || fail "nothing was received of the server of base backup ${{newest##*/}}; nothing was changed"
fi
system=$(cat "$last/system")
timeline=$(cat "$last/timeline")
[ -f "$last/reached" ] || fail "nothing was received in ${{last##*/}} yet; nothing was changed; $(range)"
read -r moment reached <"$last/reached"
case ${{TARGET:-}} in
latest) ;;
*/*)
  [ "$(position "$TARGET")" -le "$(position "$reached")" ] ||
    fail "TARGET must not be after the end of the archive, got $TARGET; nothing was changed; $(range)"
  ;;
*)
  [ "$until" -lt "$moment" ] ||
    fail "TARGET must be before the end of the archive, got $TARGET; nothing was changed; $(range)"
  ;;
esac

# whether base backup $1 was made on the way to the wanted timeline, and not on a branch that was left before
leads_there() {{
  [ "$(cat "$1/system")" = "$system" ] || return 1
  [ "$(cat "$1/timeline")" != "$timeline" ] || return 0
  ancestors "$system" "$timeline" | while read -r line at; do
    if [ "$line" = "$(cat "$1/timeline")" ] && [ "$(position "$(cat "$1/stop")")" -le "$(position "$at")" ]; then
      echo yes
    fi
  done | grep -q yes
}}
base=''
for one in $(bases); do
  leads_there "$one" && [ "$(cat "$one/taken")" -le "$until" ] || continue
  case $TARGET in
  */*) [ "$(position "$(cat "$one/stop")")" -le "$(position "$TARGET")" ] || continue ;;
  esac
  base=$one
  break
done
[ -n "$base" ] || fail "TARGET must not be before the first base backup of timeline $timeline, got $TARGET; \
nothing was changed; $(range)"
backup=${{base##*/}}
pg_verifybackup --no-parse-wal --quiet "$base/data" >"$SCRATCH/errors" 2>&1 ||
  fail "base backup $backup is damaged: $(head -n 1 "$SCRATCH/errors"); nothing was changed"
to=$reached
case $TARGET in */*) to=$TARGET ;; esac
gone=$(missing "$system" "$(cat "$base/start")" "$(cat "$base/timeline")" "$to" "$timeline")
if [ -n "$gone" ]; then
  # a moment before the missing file can still be reached, and the end of the log is then an error
  [ "${{how#recovery_target_time}}" != "$how" ] ||
    fail "file $gone of the log is not in the archive; nothing was changed"
  echo "file $gone of the log is not in the archive: only what was before it can be restored" >&2
fi
echo "base backup $backup of $(said "$(cat "$base/taken")"), then the log of timeline $timeline; to $TARGET"
if [ "${{DRY_RUN:-no}}" = yes ]; then
  echo "dry run: this would be restored; the archive is complete until $(said "$moment") ($reached)"
  exit 0
fi

# 0 accepts, 1 is up but does not accept
answers() {{
  pg_isready -q -t 5 && return 0
  [ $? -eq 1 ]
}}
! answers || fail "server $PGHOST must be stopped, it answers; nothing was changed"
[ ! -e "$PGDATA/postmaster.pid" ] || [ "${{SERVER_STOPPED:-no}}" = yes ] ||
  fail "server $PGHOST must be stopped: $PGDATA/postmaster.pid is there; see that it has no pod, then say \
SERVER_STOPPED=yes; nothing was changed"
restoring=$PGDATA.restoring
rm -rf "$restoring" "$PGDATA.restored"
needs=$(du -sk "$base/data" | cut -f1)
free=$(df -Pk "${{PGDATA%/*}}" | tail -n 1 | awk '{{print $4}}')
[ "$free" -gt "$((needs + 1048576))" ] ||
  fail "the server's volume must have room for a second copy and 1 GiB: $((needs / 1024 + 1024)) MiB, it has \
$((free / 1024)); old ones lie in $PGDATA.before-*; nothing was changed"

# Beside what is there: that is not touched until the new one is whole.
went=$began
trap 'pg_ctl stop --pgdata="$restoring" --mode=immediate --silent 2>/dev/null || true; rm -rf "$restoring"' EXIT
cp -R "$base/data" "$restoring"
chmod 700 "$restoring"
echo "$how" | replay "$restoring" "$system" "$timeline" || {{
  grep -E 'LOG:  (invalid|unrecognized|parameter|syntax)|FATAL|PANIC' "$SCRATCH/log" >&2 || tail -n 5 "$SCRATCH/log" >&2
  fail "the log could not be replayed to $TARGET${{gone:+; file $gone is missing}}; the server's data is as it was"
}}
came=$(ask postgres "SELECT pg_last_wal_replay_lsn()")
if [ "$TARGET" = latest ] && [ "$(position "$came")" -lt "$(position "$reached")" ]; then
  fail "the log was replayed to $came only, not to $reached: a file of it is damaged; the server's data is as it was"
fi
for database in $DATABASES; do
  ask "$database" "SELECT count(*) FROM pg_class" >/dev/null ||
    fail "database $database does not answer; the server's data is as it was"
done
# Slots are not in a base backup. From here on the archive's holds the log of the new timeline.
ask postgres "SELECT pg_create_physical_replication_slot('{SLOT}', true)" >/dev/null
commit=$(ask postgres "SELECT coalesce(pg_last_xact_replay_timestamp()::text, 'none')")
new=$((0x$(ask postgres "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)")))
pg_ctl stop --pgdata="$restoring" --mode=fast --wait --silent
sync
! answers || fail "server $PGHOST was started meanwhile; the server's data is as it was"

# the archive knows of the new timeline before anybody writes on it, so its number is never given twice
stretch=$ARCHIVE/wal/$(date -u +%Y%m%dT%H%M%SZ)-$(printf '%08X' "$new")
mkdir -p "$stretch"
cp "$restoring/pg_wal/$(printf '%08X' "$new").history" "$stretch/"
echo "$system" >"$stretch/system"
echo "$new" >"$stretch/timeline"
echo "$went" >"$stretch/since"
sync

aside=$PGDATA.before-$(date -u +%Y%m%dT%H%M%SZ)
mv "$restoring" "$PGDATA.restored"
# killed in between, the server's next start goes on with what is restored
if [ -e "$PGDATA" ]; then
  mv "$PGDATA" "$aside"
fi
mv "$PGDATA.restored" "$PGDATA"
sync
trap - EXIT
echo "the server is as it was; last transaction: $commit; position $came; it goes on with timeline $new"
[ ! -d "$aside" ] || echo "what was there lies in $aside; it is never deleted: when you do not need it any more, \
kubectl exec $PGHOST-0 --container postgres -- rm -rf $aside"
echo "a base backup of the new timeline is due: run CronJob $BASE"
"""
