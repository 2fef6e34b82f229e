"""What makes a stream and holds its replicas: POSIX sh, `nats` and `jq`, as they are in the image nats-box."""

from __future__ import annotations

FILES = "/etc/nats-stream"
"""Where the scripts lie, and `stream.json`, as the stream shall be."""

_COMMON = r"""#!/bin/sh
set -eu

# one call of JetStream's API for this stream; nothing, if nobody answers
api() {
  nats request --raw "\$JS.API.STREAM.$1.$STREAM" "$2" || true
}

# whether an answer is an error; it is said then
refused() {
  why=$(echo "$1" | jq -r '.error.description // empty')
  [ -n "$1" ] || why="JetStream does not answer, or user and password do not allow it"
  [ -n "$why" ] && echo "stream $STREAM: $why" >&2
}
"""

_LOSES = r"""
# what an edit would lose, in words; nothing, if it loses nothing
def bytes: if . <= 0 then infinite else . end;
[ (if $have.retention != $want.retention then "retention \($have.retention) to \($want.retention)" else empty end),
  (if $have.storage != $want.storage then "storage \($have.storage) to \($want.storage)" else empty end),
  (if ($want.max_bytes | bytes) < ($have.max_bytes | bytes)
   then "max_bytes \($have.max_bytes) to \($want.max_bytes)" else empty end),
  (if ($want.max_age | bytes) < ($have.max_age | bytes)
   then "max_age \($have.max_age) ns to \($want.max_age) ns" else empty end),
  (($have.subjects - $want.subjects)[] | "subject \(.) would no longer be kept")
] | join("; ")"""

_EDITED = r"""
# what there is, with what may be edited as it shall be; replicas are never taken away
$have + ($want | {subjects, max_bytes, max_age, discard})
      + {num_replicas: ([$have.num_replicas, $want.num_replicas] | max)}"""

MAKE = (
    _COMMON
    + r"""
# Makes the stream if it is not there. One that is there is edited where that loses no message, and never replaced.
trap 'exit 143' TERM
want=$(cat "$FILES/stream.json")
info=$(api INFO '')
if [ "$(echo "$info" | jq -r '.error.err_code // 0')" = 10059 ]; then
  made=$(api CREATE "$want")
  if refused "$made"; then exit 1; fi
  echo "stream $STREAM is made"
  exit 0
fi
if refused "$info"; then exit 1; fi
have=$(echo "$info" | jq -c .config)
lost=$(jq -nr --argjson have "$have" --argjson want "$want" '"""
    + _LOSES.strip("\n")
    + r"""')
if [ -n "$lost" ]; then
  echo "stream $STREAM is as it was: it would lose messages ($lost)" >&2
  exit 1
fi
edited=$(jq -nc --argjson have "$have" --argjson want "$want" '"""
    + _EDITED.strip("\n")
    + r"""')
if jq -ne --argjson have "$have" --argjson edited "$edited" '$have == $edited' >/dev/null; then
  echo "stream $STREAM is as it shall be"
  exit 0
fi
made=$(api UPDATE "$edited")
if refused "$made"; then exit 1; fi
echo "stream $STREAM is edited"
"""
)

HOLD = (
    _COMMON
    + r"""
# Gives the stream its replicas back whenever somebody took them, and says for how long they were missing. It looks
# when the server says that the stream was edited, and each $PERIOD seconds in any case. Nothing else is touched.
trap 'trap "" TERM; kill -s TERM 0; exit 143' TERM

whole='.config.num_replicas >= $want and .cluster.leader
  and ([.cluster.replicas[]? | select(.current)] | length) >= $want - 1'

look() {
  info=$(api INFO '')
  touch "$HOME/looked"
  if refused "$info"; then
    rm -f "$HOME/answered"
    return
  fi
  touch "$HOME/answered"
  if echo "$info" | jq -e --argjson want "$REPLICAS" "$whole" >/dev/null; then
    seen=$(jq -n now)
    return
  fi
  # the server says when it was edited; without its word, it was after it was last seen whole
  edited=$(echo "$1" | jq -r '.timestamp // empty | sub("\\.[0-9]+"; "") | fromdate' 2>/dev/null || true)
  part=$(echo "$1" | jq -r '.timestamp // empty | capture("(?<f>\\.[0-9]+)").f' 2>/dev/null || true)
  if [ -n "$edited" ]; then most=""; since=$edited$part; else most="at most "; since=$seen; fi
  had=$(echo "$info" | jq .config.num_replicas)
  asked=no
  end=$(($(date +%s) + 120))
  while [ "$(date +%s)" -lt "$end" ]; do
    if echo "$info" | jq -e --argjson want "$REPLICAS" '.config.num_replicas < $want' >/dev/null; then
      given=$(api UPDATE "$(echo "$info" | jq -c --argjson want "$REPLICAS" '.config | .num_replicas = $want')")
      if ! refused "$given"; then asked=yes; fi
    fi
    info=$(api INFO '')
    touch "$HOME/looked"
    if ! refused "$info" && echo "$info" | jq -e --argjson want "$REPLICAS" "$whole" >/dev/null; then
      seen=$(jq -n now)
      jq -nr --arg had "$had" --arg most "$most" --arg asked "$asked" --argjson since "$since" --argjson seen "$seen" '
        "stream \(env.STREAM) is whole again: replicas \($had) of \(env.REPLICAS) given back: \($asked), " +
        "not whole for \($most)\(($seen - $since) * 1000 | round) ms since \($since | floor | todate)"'
      return
    fi
    sleep 0.2
  done
  echo "stream $STREAM is not whole: $(echo "$info" | jq -c '{replicas: .config.num_replicas, cluster}')" >&2
}

events() {
  while :; do
    nats subscribe --raw "\$JS.EVENT.ADVISORY.STREAM.UPDATED.$STREAM" || true
    sleep 1
  done
}
ticks() {
  while :; do
    echo '{}'
    sleep "$PERIOD"
  done
}
follow() {
  seen=$(jq -n now)
  while read -r event; do
    [ -z "$event" ] || look "$event"
  done
}
echo "stream $STREAM shall have $REPLICAS replicas"
{ events & ticks; } | follow &
wait $!
"""
)

LOOKED = '[ "$(($(date +%s) - $(date -r "$HOME/looked" +%s)))" -le "$((3 * PERIOD + 60))" ]'
"""Whether it still looks."""

ANSWERED = '[ -e "$HOME/answered" ]'
"""Whether the server answered when it looked last."""
