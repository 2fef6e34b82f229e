"""What the Jobs of a stream's backup run: POSIX sh, `nats` and `jq`, as they are in the image nats-box."""

from __future__ import annotations

FOLDER = "/var/backup"
SCRIPTS = "/etc/nats-stream-backup"
SCRATCH = "/tmp/scratch"

_COMMON = r"""#!/bin/sh
set -eu
umask 077
trap 'exit 143' TERM

fail() {
  echo "$1" >&2
  exit 1
}

# one call of JetStream's API for this stream; nothing, if nobody answers
api() {
  nats request --raw "\$JS.API.STREAM.$1.$STREAM" "${2:-}" || true
}

# the stream's settings and state; fails unless it is there
info() {
  answer=$(api INFO)
  [ -n "$answer" ] || fail "NATS does not answer, or user and password do not allow it"
  why=$(echo "$answer" | jq -r '.error.description // empty')
  [ -z "$why" ] || fail "stream $STREAM: $why"
  echo "$answer"
}
"""

_NEWEST = r"""newest() {
  (cd "$FOLDER" && ls -1d [0-9]*Z 2>/dev/null | sort | tail -n 1) || true
}
"""


def backup_script(keep: int) -> str:
    """Copies the stream into a folder that gets its name when it is complete, and deletes what is too old."""
    return rf"""{_COMMON}
cd "$FOLDER"
# left over from a Job that was killed; another one does not run at the same time
rm -rf .partial-*
backup=$(date -u +%Y%m%dT%H%M%SZ)
partial=$FOLDER/.partial-$backup
mkdir "$partial"
cd "$partial"
info | jq -c .state >before.json
[ -s before.json ] || exit 1
# with its consumers: who has read how far
nats stream backup --no-progress --consumers "$STREAM" "$partial/stream" || fail "stream $STREAM cannot be copied"
[ "$(jq -r .config.name stream/backup.json)" = "$STREAM" ] || fail "the copy of stream $STREAM cannot be read back"
# messages may have come meanwhile: a copy lies between the two
info | jq -c .state >after.json
[ -s after.json ] || exit 1
date +%s >taken
find . -type f ! -name SHA256SUMS -exec sha256sum {{}} + >SHA256SUMS
sync
mv "$partial" "$FOLDER/$backup"
sync

# the newest ones stay, however old they are
cd "$FOLDER"
ls -1d [0-9]*Z | sort -r | tail -n +{keep + 1} | while read -r old; do
  rm -rf "$old"
  echo "deleted $old"
done
echo "backup $backup is complete: $(jq -r '"\(.messages) messages up to \(.last_seq)"' "$backup/before.json")"
"""


def drill_script(max_age_hours: int) -> str:
    """Restores the newest backup into a server that is thrown away, and compares what is in it."""
    return rf"""{_COMMON}
{_NEWEST}
# the server beside this one ends when this file is there
trap 'touch "$SCRATCH/over"' EXIT
backup=$(newest)
[ -n "$backup" ] || fail "there is no backup"
from=$FOLDER/$backup
age=$(($(date +%s) - $(cat "$from/taken")))
[ "$age" -le {max_age_hours * 3600} ] || fail "backup $backup is $((age / 3600)) hours old, more than {max_age_hours}"
(cd "$from" && sha256sum -c SHA256SUMS >/dev/null 2>&1) || fail "backup $backup is damaged: a checksum differs"

end=$(($(date +%s) + 60))
until nats request --raw '$JS.API.INFO' '' 2>/dev/null | grep -q '"memory"'; do
  [ "$(date +%s)" -lt "$end" ] || fail "the server of the drill does not start"
  sleep 1
done
# on one server, and without an age: what has become too old since the backup is compared as well
jq '.config | .num_replicas = 1 | .max_age = 0' "$from/stream/backup.json" >"$SCRATCH/config.json"
nats stream restore --no-progress --config "$SCRATCH/config.json" "$from/stream" >"$SCRATCH/said" 2>&1 ||
  fail "backup $backup cannot be restored: $(tail -n 1 "$SCRATCH/said")"
info | jq -c .state >"$SCRATCH/state.json"
wrong=$(jq -nr --slurpfile b "$from/before.json" --slurpfile a "$from/after.json" --slurpfile s "$SCRATCH/state.json" '
  $b[0] as $before | $a[0] as $after | $s[0] as $state |
  # what went from the front while it was copied
  ([$before.messages - ([$after.first_seq - $before.first_seq, 0] | max), 0] | max) as $least |
  if $state.last_seq < $before.last_seq or $state.last_seq > $after.last_seq
  then "its last message is \($state.last_seq), not from \($before.last_seq) to \($after.last_seq)"
  elif $state.messages < $least then "it has \($state.messages) messages, not at least \($least)"
  elif ($state.consumer_count // 0) < ([$before.consumer_count // 0, $after.consumer_count // 0] | min)
  then "it has \($state.consumer_count) consumers, not \($before.consumer_count)"
  else empty end')
[ -z "$wrong" ] || fail "backup $backup differs: $wrong"
echo "backup $backup can be restored: $(jq -r '"\(.messages) messages up to \(.last_seq)"' "$SCRATCH/state.json")"
"""


DRILL_SERVER = r"""#!/bin/sh
# The server of a drill: nobody but the drill reaches it, and nothing of it is kept.
set -eu
trap 'kill "$server" 2>/dev/null || true; exit 143' TERM
nats-server --addr 127.0.0.1 --port "$PORT" --jetstream --store_dir "$SCRATCH/data" &
server=$!
until [ -e "$SCRATCH/over" ]; do
  kill -0 "$server" 2>/dev/null || exit 1
  sleep 1
done
kill "$server"
wait "$server" || true
"""


RESTORE = rf"""{_COMMON}
{_NEWEST}
# In the real emergency. BACKUP says from which one (without it, the newest); OVERWRITE=yes that what is there may go;
# DRY_RUN=yes that nothing is changed.
backup=${{BACKUP:-$(newest)}}
[ -n "$backup" ] || fail "there is no backup"
from=$FOLDER/$backup
[ -d "$from" ] || fail "BACKUP must be one of $(cd "$FOLDER" && echo [0-9]*Z), got $backup"
(cd "$from" && sha256sum -c SHA256SUMS >/dev/null 2>&1) || fail "backup $backup is damaged: a checksum differs"
content=$(jq -r '"\(.messages) messages, \(.first_seq) to \(.last_seq)"' "$from/before.json")

answer=$(api INFO)
[ -n "$answer" ] || fail "NATS does not answer, or user and password do not allow it"
there=$(echo "$answer" | jq -r 'if .error.err_code == 10059 then "no stream"
  elif .error then error(.error.description) else "\(.state.messages) messages" end')
echo "backup $backup of $(date -u -d "@$(cat "$from/taken")" +%FT%TZ) has $content; $STREAM has $there"
if [ "$there" != "no stream" ] && [ "$there" != "0 messages" ] && [ "${{OVERWRITE:-no}}" != yes ]; then
  fail "stream $STREAM must be empty or gone, got $there; nothing was changed (OVERWRITE=yes replaces them)"
fi
if [ "${{DRY_RUN:-no}}" = yes ]; then
  echo "dry run: this would be restored"
  exit 0
fi
if [ "$there" != "no stream" ]; then
  gone=$(api DELETE)
  echo "$gone" | jq -e .success >/dev/null || fail "stream $STREAM cannot be deleted: $gone"
fi
# It comes back with one replica and gets the others after that. A server that restores several does not notice that
# it stops following the stream's log when replicas are taken away; given back, the stream answers nobody (NATS 2.12
# and 2.14).
replicas=$(jq .config.num_replicas "$from/stream/backup.json")
jq '.config | .num_replicas = 1' "$from/stream/backup.json" >"$SCRATCH/config.json"
nats stream restore --no-progress --config "$SCRATCH/config.json" "$from/stream" >"$SCRATCH/said" 2>&1 ||
  fail "backup $backup cannot be restored: $(tail -n 1 "$SCRATCH/said")"
last=$(info | jq .state.last_seq)
[ "$last" -ge "$(jq .last_seq "$from/before.json")" ] || fail "it was restored, but its last message is $last"
whole='.config.num_replicas >= $want and ([.cluster.replicas[]? | select(.current)] | length) >= $want - 1'
end=$(($(date +%s) + 300))
until info | jq -e --argjson want "$replicas" "$whole" >/dev/null; do
  [ "$(date +%s)" -lt "$end" ] || fail "it was restored, but does not get $replicas replicas"
  # whoever holds the replicas may be faster
  config=$(info | jq -c --argjson want "$replicas" '.config | select(.num_replicas < $want) | .num_replicas = $want')
  [ -z "$config" ] || api UPDATE "$config" >/dev/null
  sleep 1
done
echo "stream $STREAM is as it was in backup $backup; messages beyond its max_age go at once"
"""
